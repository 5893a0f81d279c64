#include "engine/storage/retry_store.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/log.hpp"

namespace holdfast {
namespace {

bool may_pass(const Error& error) { return error.code == ErrorCode::Unavailable || error.code == ErrorCode::Io; }

class RetryStore final : public Store {
public:
    RetryStore(std::unique_ptr<Store> inner, const RetryRule& rule, Sleep sleep)
        : inner_(std::move(inner)), rule_(rule), sleep_(std::move(sleep)) {
        HOLDFAST_CHECK(inner_ != nullptr && rule_.attempts >= 1 && sleep_ != nullptr);
    }

    StoreTraits traits() const override { return inner_->traits(); }

    std::unique_ptr<Upload> begin_upload(const std::string& name) override {
        return retried([&](bool) { return inner_->begin_upload(name); });
    }
    bool put_if_absent(const std::string& name, ByteView bytes) override {
        return retried([&](bool again) {
            if (inner_->put_if_absent(name, bytes)) return true;
            return again && holds(name, bytes);
        });
    }
    void put(const std::string& name, ByteView bytes) override {
        retried([&](bool) { inner_->put(name, bytes); });
    }
    Bytes get(const std::string& name, std::uint64_t bytes_max) override {
        return retried([&](bool) { return inner_->get(name, bytes_max); });
    }
    void get_range(const std::string& name, std::uint64_t offset, std::span<std::byte> out) override {
        retried([&](bool) { inner_->get_range(name, offset, out); });
    }
    std::optional<ObjectFacts> look_at(const std::string& name) override {
        return retried([&](bool) { return inner_->look_at(name); });
    }
    void list(std::string_view prefix, const std::function<void(const ObjectFacts&)>& visit) override;
    bool remove(const std::string& name) override {
        return retried([&](bool again) { return inner_->remove(name) || again; });
    }
    std::size_t sweep_leftovers(Instant older_than) override {
        return retried([&](bool) { return inner_->sweep_leftovers(older_than); });
    }
    std::optional<std::uint64_t> free_bytes() override {
        return retried([&](bool) { return inner_->free_bytes(); });
    }

private:
    // Runs work(again), where `again` says that an earlier attempt failed and may have had its effect.
    template <typename Work>
    std::invoke_result_t<Work, bool> retried(Work&& work) {
        Duration wait = rule_.first_wait;
        for (int attempt = 1;; ++attempt) {
            try {
                return work(attempt > 1);
            } catch (const Error& error) {
                if (!may_pass(error) || attempt == rule_.attempts) throw;
                log_info("{}: {}; trying again in {}", inner_->traits().description, error.message, to_text(wait));
            }
            sleep_(wait);
            wait = std::min(wait * 2, rule_.wait_max);
        }
    }

    bool holds(const std::string& name, ByteView bytes) {
        const std::optional<ObjectFacts> facts = inner_->look_at(name);
        return facts && facts->bytes == bytes.size() && std::ranges::equal(inner_->get(name, bytes.size()), bytes);
    }

    const std::unique_ptr<Store> inner_;
    const RetryRule rule_;
    const Sleep sleep_;
};

// Names come sorted, so an attempt that failed half way is taken up behind the last name that was shown.
// An Error of the visitor's own is none of the store's and is not tried again.
void RetryStore::list(std::string_view prefix, const std::function<void(const ObjectFacts&)>& visit) {
    std::string last;
    std::exception_ptr of_visitor;
    retried([&](bool) {
        try {
            inner_->list(prefix, [&](const ObjectFacts& facts) {
                if (facts.name <= last) return;
                last = facts.name;
                try {
                    visit(facts);
                } catch (...) {  // Kept to tell it from the store's own, and thrown on below.
                    of_visitor = std::current_exception();
                    throw;
                }
            });
        } catch (const Error&) {
            if (!of_visitor) throw;
        }
    });
    if (of_visitor) std::rethrow_exception(of_visitor);
}

}  // namespace

std::unique_ptr<Store> make_retry_store(std::unique_ptr<Store> inner, const RetryRule& rule, Sleep sleep) {
    return std::make_unique<RetryStore>(std::move(inner), rule, std::move(sleep));
}

}  // namespace holdfast
