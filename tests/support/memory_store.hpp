// A store in memory, as strict about its contract as a real one.
#pragma once

#include <map>
#include <mutex>

#include "engine/base/clock.hpp"
#include "engine/base/error.hpp"
#include "engine/storage/store.hpp"

namespace holdfast {

class MemoryStore final : public Store {
public:
    MemoryStore() = default;
    // `clock` (outlives the store) says when an object was modified; without one, at the epoch.
    explicit MemoryStore(const Clock& clock) : clock_(&clock) {}

    StoreTraits traits() const override { return {.description = "memory", .put_if_absent_is_atomic = true, .can_lock = false, .cheap_reads = true}; }

    std::unique_ptr<Upload> begin_upload(const std::string& name) override {
        require_object_name(name);
        return std::make_unique<MemoryUpload>(*this, name);
    }
    bool put_if_absent(const std::string& name, ByteView bytes) override {
        require_object_name(name);
        const std::lock_guard lock(mutex_);
        return objects_.try_emplace(name, Object{to_bytes(bytes), now()}).second;
    }
    void put(const std::string& name, ByteView bytes) override {
        require_object_name(name);
        const std::lock_guard lock(mutex_);
        objects_.insert_or_assign(name, Object{to_bytes(bytes), now()});
    }
    Bytes get(const std::string& name, std::uint64_t bytes_max) override {
        require_object_name(name);
        const std::lock_guard lock(mutex_);
        const Object& object = at(name);
        if (object.bytes.size() > bytes_max) throw Error(ErrorCode::Corrupt, name + " is too large");
        return object.bytes;
    }
    void get_range(const std::string& name, std::uint64_t offset, std::span<std::byte> out) override {
        require_object_name(name);
        const std::lock_guard lock(mutex_);
        const Object& object = at(name);
        if (offset > object.bytes.size() || out.size() > object.bytes.size() - offset) {
            throw Error(ErrorCode::Corrupt, name + " ends too early");
        }
        std::ranges::copy(ByteView(object.bytes).subspan(offset, out.size()), out.begin());
    }
    std::optional<ObjectFacts> look_at(const std::string& name) override {
        require_object_name(name);
        const std::lock_guard lock(mutex_);
        const auto found = objects_.find(name);
        if (found == objects_.end()) return std::nullopt;
        return facts(*found);
    }
    void list(std::string_view prefix, const std::function<void(const ObjectFacts&)>& visit) override {
        std::vector<ObjectFacts> matching;
        {
            const std::lock_guard lock(mutex_);
            for (auto each = objects_.lower_bound(prefix); each != objects_.end() && each->first.starts_with(prefix); ++each) {
                matching.push_back(facts(*each));
            }
        }
        for (const ObjectFacts& each : matching) visit(each);
    }
    bool remove(const std::string& name) override {
        require_object_name(name);
        const std::lock_guard lock(mutex_);
        return objects_.erase(name) == 1;
    }
    std::size_t sweep_leftovers(Instant) override { return 0; }
    std::optional<std::uint64_t> free_bytes() override { return std::nullopt; }

private:
    struct Object {
        Bytes bytes;
        Instant modified;
    };

    class MemoryUpload final : public Upload {
    public:
        MemoryUpload(MemoryStore& store, std::string name) : store_(store), name_(std::move(name)) {}
        void append(ByteView bytes) override { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
        bool commit() override { return store_.put_if_absent(name_, bytes_); }

    private:
        MemoryStore& store_;
        const std::string name_;
        Bytes bytes_;
    };

    Instant now() const { return clock_ == nullptr ? Instant{} : clock_->now(); }
    const Object& at(const std::string& name) const {
        const auto found = objects_.find(name);
        if (found == objects_.end()) throw Error(ErrorCode::Missing, "there is no object " + name);
        return found->second;
    }
    static ObjectFacts facts(const std::pair<const std::string, Object>& entry) {
        return {.name = entry.first, .bytes = entry.second.bytes.size(), .modified = entry.second.modified};
    }

    const Clock* clock_ = nullptr;
    std::mutex mutex_;
    std::map<std::string, Object, std::less<>> objects_;
};

}  // namespace holdfast
