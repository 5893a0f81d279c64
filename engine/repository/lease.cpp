#include "engine/repository/lease.hpp"

#include <csignal>
#include <unistd.h>

#include "engine/base/error.hpp"
#include "engine/base/file.hpp"
#include "engine/base/log.hpp"
#include "engine/base/text.hpp"
#include "engine/crypto/keys.hpp"
#include "engine/repository/tagged.hpp"

namespace holdfast {
namespace {

constexpr Duration kLeaseTime = std::chrono::minutes(30);
constexpr std::chrono::seconds kRenewEvery{120};
constexpr Duration kDamagedCountsFor = std::chrono::hours(24);
enum LeaseTag : std::uint64_t { kKind = 2, kStarted = 4, kExpires = 6, kMachine = 1, kProcess = 3, kPurpose = 5 };

// The kernel's boot and the process namespace: two containers of one host name are told apart.
std::string this_machine() {
    std::error_code ignored;
    std::string boot;
    try {
        boot = std::string(trim(read_text_file("/proc/sys/kernel/random/boot_id", 4096)));
    } catch (const Error&) {
        return {};   // Then no process is ever declared dead.
    }
    const fs::path space = fs::read_symlink("/proc/self/ns/pid", ignored);
    return space.empty() ? std::string() : boot + " " + space.string();
}

Bytes encode_lease(const LeaseFacts& facts) {
    TagWriter fields;
    fields.number(kKind, static_cast<std::uint64_t>(facts.kind));
    fields.instant(kStarted, facts.started);
    fields.instant(kExpires, facts.expires);
    fields.text(kMachine, facts.machine);
    fields.number(kProcess, facts.process);
    fields.text(kPurpose, facts.purpose);
    return fields.take();
}

// One of a kind that is not known holds back as much as any does.
LeaseKind kind_of(std::uint64_t number) {
    return number == 2 ? LeaseKind::Collector : number == 3 ? LeaseKind::Reader : LeaseKind::Writer;
}

LeaseFacts decode_lease(const std::string& object, ByteView plain) {
    LeaseFacts facts;
    facts.object = object;
    read_tagged(plain, "lease", [&](std::uint64_t tag, ByteReader& value) {
        switch (tag) {
        case kKind: facts.kind = kind_of(value.varint()); return true;
        case kStarted: facts.started = read_instant(value); return true;
        case kExpires: facts.expires = read_instant(value); return true;
        case kMachine: facts.machine = rest_as_text(value); return true;
        case kProcess: facts.process = value.varint(); return true;
        case kPurpose: facts.purpose = rest_as_text(value); return true;
        default: return false;
        }
    });
    return facts;
}

bool has_died(const LeaseFacts& facts) {
    if (facts.machine.empty() || facts.machine != this_machine()) return false;
    return ::kill(static_cast<pid_t>(facts.process), 0) != 0 && errno == ESRCH;
}

}  // namespace

Lease::Lease(const LeasePlace& place, LeaseKind kind, std::string purpose) : place_(place) {
    facts_.object = std::string(kLocksPrefix) + new_ulid(to_millis(place.clock->now()));
    facts_.kind = kind;
    facts_.started = place.clock->now();
    facts_.machine = this_machine();
    facts_.process = static_cast<std::uint64_t>(::getpid());
    facts_.purpose = std::move(purpose);
    put();
    renewer_ = std::jthread([this](const std::stop_token& stop) { renew(stop); });
}

Lease::~Lease() {
    renewer_.request_stop();
    renewer_.join();
    try {
        place_.store->remove(facts_.object);
    } catch (const Error& error) {   // A destructor has nobody to tell; it runs out by itself.
        log_debug("a lease stays until it runs out: {}", error.message);
    }
}

void Lease::put() {
    facts_.expires = place_.clock->now() + kLeaseTime;
    place_.store->put(facts_.object, seal_object(place_.sealing, kLeaseMagic, facts_.object, encode_lease(facts_)));
}

void Lease::renew(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, stop, kRenewEvery, [] { return false; }) && !stop.stop_requested()) {
        try {
            if (place_.store->look_at(facts_.object)) put();
            else lost_ = true;
        } catch (const Error& error) {   // A store that is away for a moment: the lease lasts for several tries.
            log_warning("the lease on the repository was not renewed: {}", error.message);
        }
    }
}

void Lease::require_valid() {
    const std::lock_guard lock(mutex_);
    if (lost_ || place_.clock->now() >= facts_.expires || !place_.store->look_at(facts_.object)) {
        throw Error(ErrorCode::Changed, "the lease on the repository was lost while this ran",
                    "Run it again. Where this repeats, look whether this machine's clock jumps.");
    }
}

std::unique_ptr<Lease> try_reader_lease(const LeasePlace& place, std::string purpose) {
    try {
        return std::make_unique<Lease>(place, LeaseKind::Reader, std::move(purpose));
    } catch (const Error& error) {
        log_debug("no reader's lease: {}", error.message);
        return nullptr;
    }
}

std::vector<LeaseFacts> live_leases(const LeasePlace& place, std::vector<std::string>* dead) {
    std::vector<ObjectFacts> objects;
    place.store->list(kLocksPrefix, [&](const ObjectFacts& facts) { objects.push_back(facts); });
    const Instant now = place.clock->now();
    std::vector<LeaseFacts> live;
    for (const ObjectFacts& object : objects) {
        LeaseFacts facts;
        bool is_live = false;
        try {
            const Bytes bytes = place.store->get(object.name, kSmallObjectBytesMax);
            facts = decode_lease(object.name, open_object(place.sealing, kLeaseMagic, object.name, bytes));
            is_live = facts.expires > now && !has_died(facts);
        } catch (const Error& error) {
            if (error.code == ErrorCode::Missing) continue;
            if (error.code != ErrorCode::Corrupt) throw;
            facts.object = object.name;
            is_live = object.modified + kDamagedCountsFor > now;
        }
        if (is_live) live.push_back(facts);
        else if (dead != nullptr) dead->push_back(object.name);
    }
    return live;
}

}  // namespace holdfast
