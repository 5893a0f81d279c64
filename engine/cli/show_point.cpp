#include "engine/cli/show_point.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

std::string names_of_stores(const std::vector<StoreName>& stores) {
    std::vector<std::string> names;
    for (const StoreName& store : stores) names.push_back(store.str());
    return join(names, ", ");
}

std::string soundness_text(Soundness soundness, const Style& style) {
    const std::string name(name_of(soundness));
    if (soundness == Soundness::Damaged) return style.bad(name);
    return soundness == Soundness::Sound ? style.good(name) : name;
}

std::string pin_text(const RecoveryPoint& point, Console& console) {
    if (point.pinned) return "pinned";
    if (point.keep_until && *point.keep_until > console.now()) return fmt::format("until {}", console.local(*point.keep_until));
    return "";
}

std::string commit_text(const Provenance& provenance) {
    if (provenance.policy_commit.empty()) return "not in git";
    return provenance.policy_commit.substr(0, 12) + (provenance.policy_dirty ? " with uncommitted changes" : "");
}

std::string damage_text(const Damage& damage) {
    std::string text = fmt::format("  {} bytes {}-{}: {}\n", damage.object, damage.offset, damage.offset + damage.bytes, damage.what);
    for (const Damage::Touched& touched : damage.touches) {
        text += fmt::format("    touches {} of {}: {} bytes {}-{}\n", touched.point.str(), touched.database.str(), touched.file,
                            touched.offset, touched.offset + touched.bytes);
    }
    return text;
}

}  // namespace

std::string point_line(const RecoveryPoint& point, Console& console) {
    return fmt::format("{} of {}, as it was at {}", console.style().strong(point.id.str()), point.database.str(),
                       console.local_and_utc(point.instant));
}

std::string short_text(const LogPosition& position) { return fmt::format("{}:{}", position.stream.str().substr(0, 10), position.transaction); }

std::string target_line(const RecoveryTarget& target, Console& console) {
    std::string text = target.log ? fmt::format("{} and the log up to {} of {}, as it was at {}", console.style().strong(target.point.id.str()), short_text(*target.log),
                                                target.point.database.str(), console.local_and_utc(target.instant))
                                  : point_line(target.point, console);
    return target.note.empty() ? text : text + "\n  " + target.note;
}

std::string points_text(const std::vector<RecoveryPoint>& points, Console& console) {
    if (points.empty()) return "There is no recovery point yet. Take one: runbook tick, or runbook backup now DATABASE\n";
    Table table({{"POINT"}, {"DATABASE"}, {"STATE OF"}, {"KIND"}, {"SIZE", Table::Align::Right}, {"STORED", Table::Align::Right}, {"IN"},
                 {"CHECKED"}, {"KEPT"}});
    for (const RecoveryPoint& point : points) {
        table.add({point.id.str(), point.database.str(), console.local(point.instant), std::string(name_of(point.kind)),
                   format_bytes(point.source_bytes), format_bytes(point.stored_bytes), names_of_stores(point.copies),
                   soundness_text(point.soundness, console.style()), pin_text(point, console)});
    }
    return table.text(console.style());
}

std::string gone_points_text(const std::vector<GonePoint>& points, Console& console) {
    if (points.empty()) return "No recovery point has gone yet.\n";
    Table table({{"POINT"}, {"DATABASE"}, {"STATE OF"}, {"KIND"}, {"GONE"}, {"WHY"}});
    for (const GonePoint& gone : points) {
        table.add({gone.point.id.str(), gone.point.database.str(), console.local(gone.point.instant), std::string(name_of(gone.point.kind)), console.local(gone.at), printable(gone.why)});
    }
    return table.text(console.style());
}

std::string point_text(const PointDetails& details, Console& console) {
    const RecoveryPoint& point = details.point;
    std::string text = point_line(point, console) + "\n\n";
    Table table({{""}, {""}});
    table.add({"kind", fmt::format("{}, of {}", name_of(point.kind), name_of(point.engine))});
    table.add({"taken", fmt::format("{}, in {}", console.local_and_utc(point.started), for_people(point.finished - point.started))});
    table.add({"size", fmt::format("{} ({} read, {} added to the store)", format_bytes(point.source_bytes), format_bytes(point.read_bytes),
                                   format_bytes(point.stored_bytes))});
    table.add({"stored in", names_of_stores(point.copies)});
    table.add({"checked", soundness_text(point.soundness, console.style())});
    if (const std::string pin = pin_text(point, console); !pin.empty()) table.add({"kept", pin});
    table.add({"retention", details.verdict_text});
    table.add({"slot", point.provenance.slot ? console.local(*point.provenance.slot) : "none: made by hand or by a runbook"});
    if (!point.provenance.why.empty()) table.add({"why", printable(point.provenance.why)});
    table.add({"made by", fmt::format("{} on {}, runbook {}", point.provenance.user, point.provenance.host, point.provenance.version)});
    table.add({"policy", fmt::format("commit {}, hash {}", commit_text(point.provenance), point.provenance.policy_hash.substr(0, 16))});
    for (const Verification& one : details.verifications) {
        table.add({"verified", fmt::format("{} in {} at {} ({}){}", one.sound ? console.style().good("sound") : console.style().bad("damaged"),
                                           one.store.str(), console.local(one.at), one.depth, one.detail.empty() ? "" : ": " + one.detail)});
    }
    return text + table.text(console.style()) +
           fmt::format("\nRestore it: runbook restore {} --point {} --to PATH\n", point.database.str(), point.id.str());
}

std::string verification_text(const VerifyOutcome& outcome, Console& console) {
    std::string text;
    for (const VerifyOutcome::PerStore& store : outcome.stores) {
        if (!store.error.empty()) {
            text += fmt::format("{}: {} {}\n", store.store.str(), console.style().bad("not read:"), store.error);
            if (!store.hint.empty()) text += fmt::format("  {}\n", store.hint);
            continue;
        }
        const VerifyReport& report = store.report;
        const std::string read = fmt::format("{} read in {} and {}", format_bytes(report.bytes), counted(report.packs, "pack"),
                                             counted(report.chunks, "chunk"));
        if (report.ok()) {
            text += fmt::format("{}: {} {}, every byte is what was written\n", store.store.str(), console.style().good("sound:"), read);
            continue;
        }
        text += fmt::format("{}: {} {} in {}\n", store.store.str(), console.style().bad("damaged:"), counted(report.damage.size(), "place"), read);
        for (const Damage& damage : report.damage) text += damage_text(damage);
        text += fmt::format("  {} cannot be restored whole, {} can\n", counted(report.damaged.size(), "point"), report.sound.size());
    }
    if (outcome.stores.empty()) text = "There is no recovery point to verify.\n";
    if (outcome.damaged()) text += "\nKeep what is there. Take a new full backup of what is touched: runbook backup now DATABASE --full\n";
    return text;
}

std::string rebuild_text(const RebuildReport& report, Console& console) {
    std::string text;
    for (const RebuildReport::PerStore& store : report.stores) {
        if (!store.error.empty()) text += fmt::format("{}: {} {}\n", store.store.str(), console.style().bad("not read:"), store.error);
        else text += fmt::format("{}: {}, {} of them new to the catalog, {} no longer there\n", store.store.str(),
                                 counted(store.points, "point"), store.added, store.removed);
    }
    for (const std::string& note : report.notes) text += note + "\n";
    return text;
}

}  // namespace holdfast
