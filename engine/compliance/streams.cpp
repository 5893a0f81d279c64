#include "engine/compliance/streams.hpp"

namespace holdfast {
namespace {

void say_how_long_damage_hides(const VerifyRule& verify, Stream& stream) {
    if (verify.after_backup == VerifyDepth::Restore) return;
    if (verify.integrity_every) {
        stream.unnoticed = longest(*verify.integrity_every);
        return;
    }
    stream.unnoticed_why = "nothing checks the database's own integrity, so damage may be in every state";
}

}  // namespace

std::vector<Stream> streams_of(const BackupPolicy& policy, Disaster disaster) {
    Stream log, states, dumps;
    log.name = "log";
    dumps.name = "logical";
    for (const BackupRule& rule : policy.backups) {
        if (rule.kind == BackupKind::Log) {
            log.rules.push_back(&rule);
            log.continuous = std::holds_alternative<ContinuousSpec>(rule.when);
            log.copied_within_run = true;
        } else if (rule.kind == BackupKind::Logical) {
            dumps.rules.push_back(&rule);
        } else if (is_state(rule.kind)) {
            states.name += (states.name.empty() ? "" : " and ") + std::string(name_of(rule.kind));
            states.rules.push_back(&rule);
        }
    }
    // A dump reads every row, and fails on a damaged one: its success is a check.
    if (disaster == Disaster::Corruption) say_how_long_damage_hides(policy.verify, states);
    std::vector<Stream> streams;
    for (Stream* stream : {&log, &states, &dumps}) {
        if (!stream->rules.empty()) streams.push_back(std::move(*stream));
    }
    return streams;
}

}  // namespace holdfast
