// The contract of a store: a place for immutable objects, by name. Implemented by providers/stores/*,
// by decorators here (retry, throttle, fault) and by an in-memory store in tests/support; all of them
// pass tests/conformance.
//
// Names are relative, '/'-separated, of the characters a-z A-Z 0-9 . _ - and at most 512 bytes; no part is empty,
// "." or "..". All calls are safe from every thread. Failures are Error: Missing, Unavailable, DiskFull,
// NotPermitted, Io, Corrupt (a short read).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.hpp"
#include "engine/base/time.hpp"

namespace holdfast {

struct ObjectFacts {
    std::string name;
    std::uint64_t bytes = 0;
    Instant modified;         // By the store's own clock.
};

struct StoreTraits {
    std::string description;          // "folder /srv/backups": for messages, without secrets.
    bool put_if_absent_is_atomic = true;
    bool can_lock = false;            // Objects can be made undeletable for a time.
    bool cheap_reads = false;         // Reading costs no money, and about the time of reading a disk.
};

// A large object on its way. Nothing is visible under its name until commit returned true.
class Upload {
public:
    virtual ~Upload() = default;                   // Not committed: leaves nothing visible.
    virtual void append(ByteView bytes) = 0;
    // Makes it durable and visible; false where the name is taken (the object there is untouched).
    [[nodiscard]] virtual bool commit() = 0;
};

class Store {
public:
    virtual ~Store() = default;
    virtual StoreTraits traits() const = 0;

    virtual std::unique_ptr<Upload> begin_upload(const std::string& name) = 0;
    // Durable when it returns true; false where the name is taken.
    [[nodiscard]] virtual bool put_if_absent(const std::string& name, ByteView bytes) = 0;
    // Replaces atomically and durably. For the few objects that change: leases and wrapped keys.
    virtual void put(const std::string& name, ByteView bytes) = 0;

    // Whole object; one larger than `bytes_max` is Error{Corrupt} before it is read.
    virtual Bytes get(const std::string& name, std::uint64_t bytes_max) = 0;
    // Fills `out` from `offset`; an object that ends earlier is Error{Corrupt}.
    virtual void get_range(const std::string& name, std::uint64_t offset, std::span<std::byte> out) = 0;
    virtual std::optional<ObjectFacts> look_at(const std::string& name) = 0;

    // Calls `visit` for every object whose name begins with `prefix`, sorted by name. Temporary leftovers are not shown.
    virtual void list(std::string_view prefix, const std::function<void(const ObjectFacts&)>& visit) = 0;
    // False where it was not there.
    virtual bool remove(const std::string& name) = 0;
    // Removes leftovers of uploads that were begun before `older_than` and never committed; returns how many.
    virtual std::size_t sweep_leftovers(Instant older_than) = 0;
    // Bytes that can still be stored, where the store can tell.
    virtual std::optional<std::uint64_t> free_bytes() = 0;
};

// Whether `name` keeps the rule above.
bool is_object_name(std::string_view name);
// Throws Error{Usage} where it does not.
void require_object_name(std::string_view name);

}  // namespace holdfast
