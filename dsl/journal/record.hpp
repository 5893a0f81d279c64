// What a run's journal records. JOURNAL.md specifies the bytes.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dsl/lua/value.hpp"

namespace holdfast {

// The first record: what the run is, and what it is pinned to.
struct HeaderRecord {
    std::string run, runbook, file, text, text_hash;
    std::string policy_commit, policy_hash;
    bool policy_dirty = false;
    std::string user, host, version;
    Instant at;
    Value parameters;
};

// A process took the run up again.
struct ResumeRecord {
    Instant at;
    std::string user, host;
};

// Durable before the effect begins.
struct IntentRecord {
    int step = 0;                    // From 1, in the order of the body; approvals are counted as well.
    int attempt = 1;
    std::string title, effect, kind;
    std::string arguments_hash;      // Of effect and arguments, hex.
    Value arguments;
    std::string key;                 // Idempotency key: the same for every attempt.
    std::string undo_effect;         // As the step asked for; empty: none.
    Value undo_given;                // Its arguments where the script gave them; null: they come from the result.
    Instant at;
};

// The effect happened. `undo` is all that taking it back needs.
struct ResultRecord {
    int step = 0;
    Value value;
    std::string sentence;
    Duration took{0};
    std::uint64_t bytes = 0, rows = 0;
    std::string undo_effect;         // Empty: nothing to undo.
    Value undo_arguments;
    Instant at;
};

// This attempt failed; nothing of the effect remains, or it will be probed.
struct FailureRecord {
    int step = 0;
    int attempt = 1;
    std::string code, message, hint;
    Instant at;
};

struct AskRecord {
    int step = 0;
    std::string title;
    Value fields;                    // As given, without the evidence.
    std::vector<std::string> evidence;
    std::string hash;                // Of run, text, step, title, fields and evidence, hex: what an answer is bound to.
    int required = 0;                // Other people's signatures.
    Instant at;
};

struct AnswerRecord {
    int step = 0;
    std::string hash;                // The one that was answered.
    std::string person;
    bool approved = true;
    std::string comment, how;        // "terminal", "--yes", "signature"
    std::string public_key, signature;   // The signature in hex; both empty without one.
    Instant at;
};

// A person said what became of a step in doubt.
struct ResolveRecord {
    int step = 0;
    std::string how;                 // done, again, abort
    std::string user, comment;
    Instant at;
};

struct UndoIntentRecord {
    int step = 0;
    int attempt = 1;
    std::string effect;
    Value arguments;
    std::string user;
    Instant at;
};

struct UndoResultRecord {
    int step = 0;
    bool ok = true;
    std::string sentence;            // Or the error.
    Duration took{0};
    Instant at;
};

// The run stopped; it may be taken up again unless it is done, cancelled or undone.
struct StopRecord {
    std::string state;               // done, failed, waiting, in-doubt, cancelled, undone
    std::string code, message, hint;
    Value result;
    std::string user;
    Instant at;
};

// Another text was accepted for the rest of the run.
struct EditRecord {
    std::string text, text_hash, file;
    std::string user;
    Instant at;
};

using JournalRecord = std::variant<HeaderRecord, ResumeRecord, IntentRecord, ResultRecord, FailureRecord, AskRecord, AnswerRecord,
                                   ResolveRecord, UndoIntentRecord, UndoResultRecord, StopRecord, EditRecord>;

Bytes encode_record(const JournalRecord& record);
// Throws Error{Corrupt} for an unknown kind, missing or surplus bytes.
JournalRecord decode_record(ByteView payload);

}  // namespace holdfast
