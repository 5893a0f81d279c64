#include "engine/plan/world.hpp"

#include <bit>
#include <cstring>

#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kLaneOne = 0x9E3779B97F4A7C15;   // Odd constants without structure: 2^64 / golden ratio …
constexpr std::uint64_t kLaneTwo = 0xC2B2AE3D27D4EB4F;   // … and a large prime.

std::uint64_t scrambled(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
    return x ^ (x >> 31);
}

// A 128-bit fingerprint of a sequence of values, in two lanes that see every word; texts go in with their length.
class Fingerprint {
public:
    Fingerprint& add(std::uint64_t word) {
        one_ = std::rotl((one_ ^ word) * kLaneOne, 29);
        two_ = std::rotl((two_ + word) * kLaneTwo, 31) ^ one_;
        return *this;
    }
    Fingerprint& add(std::string_view text) {
        add(text.size());
        for (; text.size() >= sizeof(std::uint64_t); text.remove_prefix(sizeof(std::uint64_t))) add(word_of(text, sizeof(std::uint64_t)));
        return text.empty() ? *this : add(word_of(text, text.size()));
    }
    Fingerprint& add(const std::string& text) { return add(std::string_view(text)); }
    template <typename Tag>
    Fingerprint& add(const StrongText<Tag>& name) {
        return add(std::string_view(name.str()));
    }
    Fingerprint& add(bool flag) { return add(std::uint64_t{flag ? 1U : 0U}); }
    Fingerprint& add(int number) { return add(static_cast<std::uint64_t>(static_cast<std::int64_t>(number))); }
    Fingerprint& add(Instant at) { return add(static_cast<std::uint64_t>(to_millis(at))); }
    Fingerprint& add(Duration span) { return add(static_cast<std::uint64_t>(span.count())); }
    Fingerprint& add(const Period& period) { return add(period.months).add(period.rest); }
    template <typename Value>
    Fingerprint& add(const std::optional<Value>& value) {
        add(value.has_value());
        return value ? add(*value) : *this;
    }
    template <typename Enum>
        requires std::is_enum_v<Enum>
    Fingerprint& add(Enum value) {
        return add(static_cast<std::uint64_t>(value));
    }
    template <typename Value>
    Fingerprint& add_list(const std::vector<Value>& values) {
        add(values.size());
        for (const Value& value : values) add(value);
        return *this;
    }

    std::uint64_t one() const { return scrambled(one_ ^ two_); }
    std::uint64_t two() const { return scrambled(two_ + kLaneOne); }

private:
    static std::uint64_t word_of(std::string_view text, std::size_t bytes) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data(), bytes);
        return word;
    }
    std::uint64_t one_ = kLaneTwo, two_ = kLaneOne;
};

// A set's fingerprint is the sum of its members': the same in any order.
struct SetFingerprint {
    std::uint64_t one = 0, two = 0, count = 0;
    void add(const Fingerprint& member) {
        one += member.one();
        two += member.two();
        ++count;
    }
};

void add_when(Fingerprint& print, const When& when) {
    print.add(when.index());
    if (const auto* cron = std::get_if<CronSpec>(&when)) print.add(cron->line);
    if (const auto* every = std::get_if<EverySpec>(&when)) print.add(every->every);
}

// What a plan follows, and what would make its jobs do something else.
Fingerprint fingerprint_of(const Policy& policy) {
    Fingerprint print;
    print.add(policy.timezone).add(policy.encryption.enabled).add(policy.compression.kind).add(policy.compression.level);
    for (const StoreSpec& store : policy.stores) print.add(store.name).add(store.url);
    for (const EnvironmentSpec& environment : policy.environments) print.add(environment.name).add_list(environment.copies);
    for (const BackupPolicy& backup : policy.policies) {
        print.add(backup.name).add(backup.verify.after_backup);
        for (const BackupRule& rule : backup.backups) {
            print.add(rule.kind).add(rule.start_within).add(rule.finish_within);
            if (!rule.dump.is_all()) print.add_list(rule.dump.databases).add_list(rule.dump.schemas).add_list(rule.dump.tables).add(rule.dump.schema_only);
            add_when(print, rule.when);
        }
        const RetentionRule& keep = backup.retention;
        print.add(keep.any_second).add(keep.daily).add(keep.weekly).add(keep.monthly).add(keep.at_least);
    }
    for (const DatabaseSpec& database : policy.databases)
        print.add(database.name).add(database.engine).add(database.environment).add(database.policy).add(database.path).add(database.connection);
    return print;
}

Fingerprint fingerprint_of(const RecoveryPoint& point) {
    Fingerprint print;
    // Reading an unchecked point and finding it sound changes no plan; finding it damaged does.
    print.add(point.id).add(point.database).add(point.kind).add(point.started).add(point.instant);
    print.add(point.soundness == Soundness::Damaged).add(point.pinned).add(point.keep_until).add(point.provenance.slot);
    SetFingerprint copies;
    for (const StoreName& store : point.copies) copies.add(Fingerprint().add(store));
    print.add(copies.one).add(copies.two).add(copies.count);
    return print;
}

Fingerprint fingerprint_of(const JobRecord& job) {
    Fingerprint print;
    print.add(job.slot.database).add(job.slot.kind).add(job.slot.at);
    return print.add(job.run_as).add(job.state).add(job.attempt).add(job.started).add(job.finished);
}

}  // namespace

std::string world_hash(const Policy& policy, const World& world) {
    SetFingerprint points, jobs, in_use, bases;
    for (const RecoveryPoint& point : world.points) points.add(fingerprint_of(point));
    for (const JobRecord& job : world.jobs) jobs.add(fingerprint_of(job));
    for (const PointId& point : world.in_use) in_use.add(Fingerprint().add(point));
    // Only which points a log follows changes what may go; a log that grows changes no plan.
    for (const LogWindow& window : world.windows) bases.add(Fingerprint().add(window.stream).add(window.store).add(window.base));
    Fingerprint whole = fingerprint_of(policy);
    for (const SetFingerprint& set : {points, jobs, in_use, bases}) whole.add(set.one).add(set.two).add(set.count);
    whole.add(world.watching_since);
    return fmt::format("{:016x}{:016x}", whole.one(), whole.two());
}

}  // namespace holdfast
