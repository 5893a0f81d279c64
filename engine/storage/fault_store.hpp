// A store that fails as a test's script says: an error before or after the effect, a short read, a
// flipped bit, at the n-th call of one kind on names that begin so. Everything else passes through.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/error.hpp"
#include "engine/storage/store.hpp"

namespace holdfast {

enum class StoreCall : std::uint8_t { BeginUpload, Append, Commit, PutIfAbsent, Put, Get, GetRange, LookAt, List, Remove };

enum class FaultKind : std::uint8_t {
    FailBefore,   // Throws `code`; nothing was done.
    FailAfter,    // Does it, then throws `code`: the answer got lost.
    ShortRead,    // Get returns half; GetRange fails as an object that ends early does.
    FlipBit,      // Get and GetRange return bytes of which one bit differs.
};

struct Fault {
    StoreCall call = StoreCall::Get;
    std::string prefix = {};                   // Of the names that it strikes; empty: all.
    int passage = 1;                           // Strikes at this matching call, counted from 1 …
    int times = 1;                             // … and at so many in a row.
    FaultKind kind = FaultKind::FailBefore;
    ErrorCode code = ErrorCode::Io;
    std::uint64_t bit = 0;                     // FlipBit: which, modulo the bits that were read.
};

// What happens when; shared by a test and its store, safe from every thread.
class FaultScript {
public:
    void add(Fault fault);
    // The fault that strikes this call, if one does. Counts the call.
    std::optional<Fault> next(StoreCall call, std::string_view name);
    // How many calls of this kind were made so far.
    int calls(StoreCall call) const;

private:
    struct Armed { Fault fault; int seen = 0; };
    mutable std::mutex mutex_;
    std::vector<Armed> faults_;
    std::array<int, 10> calls_{};
};

// `script` outlives the store.
std::unique_ptr<Store> make_fault_store(std::unique_ptr<Store> inner, FaultScript& script);

}  // namespace holdfast
