// A view of another store that calls a test's hook before and after every call: to note their order, to
// let something else happen in between, or to fail (the hook throws).
#pragma once

#include "engine/storage/fault_store.hpp"
#include "engine/storage/store.hpp"

namespace holdfast {

class HookedStore final : public Store {
public:
    using Hook = std::function<void(StoreCall call, const std::string& name)>;

    explicit HookedStore(Store& inner) : inner_(inner) {}
    Hook before = [](StoreCall, const std::string&) {};
    Hook after = [](StoreCall, const std::string&) {};

    StoreTraits traits() const override { return inner_.traits(); }
    std::unique_ptr<Upload> begin_upload(const std::string& name) override {
        return around(StoreCall::BeginUpload, name, [&]() -> std::unique_ptr<Upload> {
            return std::make_unique<HookedUpload>(*this, inner_.begin_upload(name), name);
        });
    }
    bool put_if_absent(const std::string& name, ByteView bytes) override {
        return around(StoreCall::PutIfAbsent, name, [&] { return inner_.put_if_absent(name, bytes); });
    }
    void put(const std::string& name, ByteView bytes) override {
        around(StoreCall::Put, name, [&] { return inner_.put(name, bytes), true; });
    }
    Bytes get(const std::string& name, std::uint64_t bytes_max) override {
        return around(StoreCall::Get, name, [&] { return inner_.get(name, bytes_max); });
    }
    void get_range(const std::string& name, std::uint64_t offset, std::span<std::byte> out) override {
        around(StoreCall::GetRange, name, [&] { return inner_.get_range(name, offset, out), true; });
    }
    std::optional<ObjectFacts> look_at(const std::string& name) override {
        return around(StoreCall::LookAt, name, [&] { return inner_.look_at(name); });
    }
    void list(std::string_view prefix, const std::function<void(const ObjectFacts&)>& visit) override {
        around(StoreCall::List, std::string(prefix), [&] { return inner_.list(prefix, visit), true; });
    }
    bool remove(const std::string& name) override {
        return around(StoreCall::Remove, name, [&] { return inner_.remove(name); });
    }
    std::size_t sweep_leftovers(Instant older_than) override { return inner_.sweep_leftovers(older_than); }
    std::optional<std::uint64_t> free_bytes() override { return inner_.free_bytes(); }

private:
    class HookedUpload final : public Upload {
    public:
        HookedUpload(HookedStore& store, std::unique_ptr<Upload> inner, std::string name)
            : store_(store), inner_(std::move(inner)), name_(std::move(name)) {}
        void append(ByteView bytes) override {
            store_.around(StoreCall::Append, name_, [&] { return inner_->append(bytes), true; });
        }
        bool commit() override {
            return store_.around(StoreCall::Commit, name_, [&] { return inner_->commit(); });
        }

    private:
        HookedStore& store_;
        const std::unique_ptr<Upload> inner_;
        const std::string name_;
    };

    template <typename Work>
    std::invoke_result_t<Work&> around(StoreCall call, const std::string& name, Work&& work) {
        before(call, name);
        auto result = work();
        after(call, name);
        return result;
    }

    Store& inner_;
};

}  // namespace holdfast
