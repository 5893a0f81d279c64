#include "engine/storage/read_only_store.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

class ReadOnlyStore final : public Store {
public:
    ReadOnlyStore(std::unique_ptr<Store> inner, std::string leases, std::string why) : inner_(std::move(inner)), leases_(std::move(leases)), why_(std::move(why)) {
        HOLDFAST_CHECK(inner_ != nullptr);
    }

    StoreTraits traits() const override { return inner_->traits(); }

    std::unique_ptr<Upload> begin_upload(const std::string& name) override {
        require_lease(name);
        return inner_->begin_upload(name);
    }
    bool put_if_absent(const std::string& name, ByteView bytes) override {
        require_lease(name);
        return inner_->put_if_absent(name, bytes);
    }
    void put(const std::string& name, ByteView bytes) override {
        require_lease(name);
        inner_->put(name, bytes);
    }
    Bytes get(const std::string& name, std::uint64_t bytes_max) override { return inner_->get(name, bytes_max); }
    void get_range(const std::string& name, std::uint64_t offset, std::span<std::byte> out) override { inner_->get_range(name, offset, out); }
    std::optional<ObjectFacts> look_at(const std::string& name) override { return inner_->look_at(name); }
    void list(std::string_view prefix, const std::function<void(const ObjectFacts&)>& visit) override { inner_->list(prefix, visit); }
    bool remove(const std::string& name) override {
        require_lease(name);
        return inner_->remove(name);
    }
    // Leftovers are nobody's: they stay for who may write.
    std::size_t sweep_leftovers(Instant) override { return 0; }
    std::optional<std::uint64_t> free_bytes() override { return inner_->free_bytes(); }

private:
    void require_lease(const std::string& name) const {
        if (name.starts_with(leases_)) return;
        throw Error(ErrorCode::NotPermitted, fmt::format("{} would be changed in {}: {}", name, inner_->traits().description, why_));
    }

    const std::unique_ptr<Store> inner_;
    const std::string leases_, why_;
};

}  // namespace

std::unique_ptr<Store> make_read_only_store(std::unique_ptr<Store> inner, std::string leases, std::string why) {
    return std::make_unique<ReadOnlyStore>(std::move(inner), std::move(leases), std::move(why));
}

}  // namespace holdfast
