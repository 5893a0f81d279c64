#include "engine/plan/store_growth.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/plan/estimate.hpp"

namespace holdfast {
namespace {

// Without any history: a database compresses to half its size, and this part of it changes in a day.
constexpr std::uint64_t kCompressesTo = 2;
constexpr double kChangesPerDay = 0.02;

}  // namespace

StoreGrowth::StoreGrowth(const ScopedDatabase& database, const World& world) {
    for (const RecoveryPoint* point : database.points) {
        if (point->kind == BackupKind::Full || point->kind == BackupKind::Logical) whole_ = std::max(whole_, point->stored_bytes);
    }
    if (whole_ == 0) {
        const auto size = world.source_bytes.find(database.spec->name);
        const std::uint64_t source = size != world.source_bytes.end() ? size->second : database.points.empty() ? 0 : database.points.front()->source_bytes;
        whole_ = source / kCompressesTo;
        whole_from_size_ = whole_ > 0;
    }
    for (const BackupKind kind : {BackupKind::Full, BackupKind::Incremental, BackupKind::Log, BackupKind::Logical})
        typical_[static_cast<std::size_t>(kind)] = typical_of(database, kind);
}

StoreGrowth::Typical StoreGrowth::typical_of(const ScopedDatabase& database, BackupKind kind) const {
    std::vector<const RecoveryPoint*> history;
    for (const RecoveryPoint* point : database.points) {
        if (point->kind == kind) history.push_back(point);
    }
    // The first full stores the whole database; what later ones add is what counts.
    if (kind == BackupKind::Full && !history.empty() && history.back() == database.points.back()) history.pop_back();
    if (history.empty()) return {};
    return {.bytes = estimate_backup(history, kind).bytes, .known = true};
}

std::uint64_t StoreGrowth::added_by(BackupKind kind, bool first, Duration since_last) const {
    if (first) return whole_;
    const Typical& typical = typical_[static_cast<std::size_t>(kind)];
    if (typical.known) return typical.bytes;
    const Typical& incremental = typical_[static_cast<std::size_t>(BackupKind::Incremental)];
    if (kind == BackupKind::Full && incremental.known) return incremental.bytes;
    if (kind == BackupKind::Log) return 0;
    const double days = std::chrono::duration<double, std::ratio<86400>>(since_last).count();
    return static_cast<std::uint64_t>(static_cast<double>(whole_) * std::min(1.0, days * kChangesPerDay));
}

void StoreGrowth::record(BackupKind kind, std::uint64_t added) {
    const std::uint64_t before = recorded_.empty() ? 0 : recorded_.back().sum;
    recorded_.push_back({.kind = kind, .sum = before + (kind == BackupKind::Log ? 0 : added), .added = added});
}

std::uint64_t StoreGrowth::bytes_of(const std::vector<std::size_t>& kept) const {
    std::uint64_t bytes = 0;
    const Recorded* older = nullptr;
    for (const std::size_t index : kept) {
        const Recorded& point = recorded_[index];
        if (point.kind == BackupKind::Log) {
            bytes += point.added;
            continue;
        }
        bytes += older == nullptr ? whole_ : std::min(whole_, point.sum - older->sum);
        older = &point;
    }
    return bytes;
}

std::vector<std::string> StoreGrowth::assumptions() const {
    if (whole_ == 0) return {"nothing is known of its size, so bytes cannot be estimated"};
    std::vector<std::string> sentences;
    sentences.push_back(whole_from_size_ ? fmt::format("there is no backup to learn from: it is taken to compress to half its size, {}", format_bytes(whole_))
                                         : fmt::format("it stays as large as it is: one complete state takes {}", format_bytes(whole_)));
    const Typical& incremental = typical_[static_cast<std::size_t>(BackupKind::Incremental)];
    const Typical& full = typical_[static_cast<std::size_t>(BackupKind::Full)];
    if (incremental.known) sentences.push_back(fmt::format("an incremental adds {}, as its last ones did", format_bytes(incremental.bytes)));
    if (full.known) sentences.push_back(fmt::format("a full adds {}, as its last ones did: content that is there already is not stored again", format_bytes(full.bytes)));
    if (!incremental.known && !full.known) sentences.push_back("there is no history of changes: 2 % of it are taken to change in a day");
    return sentences;
}

}  // namespace holdfast
