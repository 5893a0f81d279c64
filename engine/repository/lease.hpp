// locks/<id>: who works on the repository just now, wherever it runs. A lease has an expiry and is
// renewed in the background; collecting never removes what a live writer may still need.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "engine/base/clock.hpp"
#include "engine/repository/piece_cipher.hpp"
#include "engine/storage/store.hpp"

namespace holdfast {

// A reader's says that a restore goes on: packs that were needed when it began stay until it has ended.
enum class LeaseKind : std::uint8_t { Writer = 1, Collector = 2, Reader = 3 };

struct LeaseFacts {
    std::string object;
    LeaseKind kind = LeaseKind::Writer;
    Instant started, expires;
    std::string machine;       // One kernel and one process namespace on it: only there `process` means something.
    std::uint64_t process = 0;
    std::string purpose;
};

struct LeasePlace {
    Store* store = nullptr;
    ObjectSealing sealing;
    const Clock* clock = nullptr;
};

class Lease {
public:
    Lease(const LeasePlace& place, LeaseKind kind, std::string purpose);
    ~Lease();   // Gives it back.
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    const std::string& object() const { return facts_.object; }
    Instant started() const { return facts_.started; }
    // Throws Changed where it ran out or somebody took it away.
    void require_valid();

private:
    void renew(const std::stop_token& stop);
    void put();
    LeasePlace place_;
    LeaseFacts facts_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::atomic<bool> lost_ = false;
    std::jthread renewer_;   // Last: it uses everything above.
};

// A reader's lease, or nothing where the store cannot be written to (a read-only mount, a full disk): a restore goes on without
// it, and only a collection that begins and ends its grace meanwhile could take a pack from it.
std::unique_ptr<Lease> try_reader_lease(const LeasePlace& place, std::string purpose);

// All leases that are live at `now`: not expired, and not of a process of this machine that has died. A damaged one
// counts as live for a day. The names of the others go to `dead` where that is given.
std::vector<LeaseFacts> live_leases(const LeasePlace& place, std::vector<std::string>* dead = nullptr);

}  // namespace holdfast
