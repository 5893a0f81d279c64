#include "engine/storage/throttle_store.hpp"

#include <mutex>

#include "engine/base/check.hpp"

namespace holdfast {
namespace {

// Hands out the line in turn: each caller gets the time its bytes need, and waits until that begins.
class Line {
public:
    explicit Line(Throttle throttle) : throttle_(std::move(throttle)) {
        HOLDFAST_CHECK(throttle_.bytes_per_second > 0 && throttle_.clock != nullptr && throttle_.sleep != nullptr);
    }

    void take(std::uint64_t bytes) {
        const Microseconds wait = reserve(bytes);
        if (wait > Microseconds(0)) throttle_.sleep(std::chrono::ceil<Duration>(wait));
    }

private:
    using Microseconds = std::chrono::microseconds;

    Microseconds reserve(std::uint64_t bytes) {
        const std::lock_guard lock(mutex_);
        const Microseconds now = throttle_.clock->steady();
        const Microseconds begin = std::max(now, free_at_);
        const double seconds = static_cast<double>(bytes) / static_cast<double>(throttle_.bytes_per_second);
        free_at_ = begin + Microseconds(static_cast<std::int64_t>(seconds * 1e6));
        return begin - now;
    }

    const Throttle throttle_;
    std::mutex mutex_;
    Microseconds free_at_{0};
};

class ThrottledUpload final : public Upload {
public:
    ThrottledUpload(std::unique_ptr<Upload> inner, Line& line) : inner_(std::move(inner)), line_(line) {}
    void append(ByteView bytes) override {
        line_.take(bytes.size());
        inner_->append(bytes);
    }
    bool commit() override { return inner_->commit(); }

private:
    const std::unique_ptr<Upload> inner_;
    Line& line_;
};

class ThrottleStore final : public Store {
public:
    ThrottleStore(std::unique_ptr<Store> inner, Throttle throttle) : inner_(std::move(inner)), line_(std::move(throttle)) {
        HOLDFAST_CHECK(inner_ != nullptr);
    }

    StoreTraits traits() const override { return inner_->traits(); }

    std::unique_ptr<Upload> begin_upload(const std::string& name) override {
        return std::make_unique<ThrottledUpload>(inner_->begin_upload(name), line_);
    }
    bool put_if_absent(const std::string& name, ByteView bytes) override {
        line_.take(bytes.size());
        return inner_->put_if_absent(name, bytes);
    }
    void put(const std::string& name, ByteView bytes) override {
        line_.take(bytes.size());
        inner_->put(name, bytes);
    }
    Bytes get(const std::string& name, std::uint64_t bytes_max) override {
        // How large it is shows only afterwards; what it took is paid by whoever comes next.
        Bytes bytes = inner_->get(name, bytes_max);
        line_.take(bytes.size());
        return bytes;
    }
    void get_range(const std::string& name, std::uint64_t offset, std::span<std::byte> out) override {
        line_.take(out.size());
        inner_->get_range(name, offset, out);
    }
    std::optional<ObjectFacts> look_at(const std::string& name) override { return inner_->look_at(name); }
    void list(std::string_view prefix, const std::function<void(const ObjectFacts&)>& visit) override {
        inner_->list(prefix, visit);
    }
    bool remove(const std::string& name) override { return inner_->remove(name); }
    std::size_t sweep_leftovers(Instant older_than) override { return inner_->sweep_leftovers(older_than); }
    std::optional<std::uint64_t> free_bytes() override { return inner_->free_bytes(); }

private:
    const std::unique_ptr<Store> inner_;
    Line line_;
};

}  // namespace

std::unique_ptr<Store> make_throttle_store(std::unique_ptr<Store> inner, Throttle throttle) {
    return std::make_unique<ThrottleStore>(std::move(inner), std::move(throttle));
}

}  // namespace holdfast
