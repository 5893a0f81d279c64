#include "engine/wire/evidence_bundle.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/operations/dsse.hpp"
#include "engine/wire/writer.hpp"

namespace holdfast {
namespace {

using wire::Json;

constexpr const char* kPayloadType = "application/vnd.in-toto+json";
constexpr const char* kStatementType = "https://in-toto.io/Statement/v1";
constexpr const char* kTestResult = "https://in-toto.io/attestation/test-result/v0.1";
constexpr const char* kManifest = "urn:holdfast:evidence-bundle:1";

Json resource(const std::string& name, const char* algorithm, const std::string& digest) { return Json{{"name", name}, {"digest", {{algorithm, digest}}}}; }

Json statement_of(Json subject, const char* type, Json predicate) {
    return Json{{"_type", kStatementType}, {"subject", std::move(subject)}, {"predicateType", type}, {"predicate", std::move(predicate)}};
}

Json statement_of(const Attestation& one, Instant signed_at) {
    Json configuration = Json::array();
    if (!one.policy_commit.empty()) configuration.push_back(resource("policy", "gitCommit", one.policy_commit));
    if (!one.policy_hash.empty()) configuration.push_back(resource("effective policy", "sha256", one.policy_hash));
    if (!one.runbook_hash.empty()) configuration.push_back(resource("runbook " + one.runbook, "sha256", one.runbook_hash));
    Json notes = Json::object();
    for (const auto& [name, text] : one.notes) notes[name] = text;
    Json predicate{{"result", one.passed ? "PASSED" : "FAILED"},
                   {"configuration", std::move(configuration)},
                   {"passedTests", one.passed_tests},
                   {"failedTests", one.failed_tests},
                   {"kind", std::string(name_of(one.kind))},
                   {"startedOn", to_rfc3339(one.started)},
                   {"finishedOn", to_rfc3339(one.finished)},
                   {"signedOn", to_rfc3339(signed_at)},
                   {"annotations", std::move(notes)}};
    return statement_of(Json::array({resource(one.subject, "sha256", one.digest)}), kTestResult, std::move(predicate));
}

// Texts come from databases and people: what is no UTF-8 is replaced, not refused.
std::string compact(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string line_of(const Json& statement, const SigningKey& key) {
    const DsseEnvelope envelope = sign_envelope(kPayloadType, compact(statement), key);
    return compact(Json{{"payload", to_base64(as_bytes(envelope.payload))},
                        {"payloadType", envelope.payload_type},
                        {"signatures", Json::array({Json{{"keyid", envelope.key_id}, {"sig", to_base64(envelope.signature)}}})}});
}

Json manifest_of(const SignedEvidence& evidence, const BundleSpan& span, const std::vector<std::string>& lines) {
    Json subjects = Json::array(), keys = Json::array();
    for (const KeptStatement& statement : evidence.statements) {
        if (std::ranges::find(keys, Json(statement.public_key)) == keys.end()) keys.push_back(statement.public_key);
    }
    for (std::size_t i = 0; i < lines.size(); ++i) subjects.push_back(resource(fmt::format("statement {}", i + 1), "sha256", digest_of_text(lines[i])));
    return statement_of(std::move(subjects), kManifest,
                        Json{{"from", to_rfc3339(span.from)},
                             {"until", to_rfc3339(span.until)},
                             {"statements", lines.size()},
                             {"signedBy", std::move(keys)},
                             {"leftOut", evidence.left_out},
                             {"auditChain", {{"sequence", evidence.audit_sequence}, {"hash", evidence.audit_hash}}},
                             {"host", span.host},
                             {"version", span.version}});
}

// The statement in a line whose signature fits, or nothing and why in `problem`.
std::optional<Json> opened(const std::string& line, std::string_view public_key, std::string& problem) {
    const Json envelope = Json::parse(line, nullptr, false);
    try {
        if (envelope.is_discarded()) return problem = "it is no JSON", std::nullopt;
        const Json& signature = envelope.at("signatures").at(0);
        const std::string payload_text = envelope.at("payload").get<std::string>(), signature_text = signature.at("sig").get<std::string>();
        const auto payload = from_base64(payload_text);
        const auto bytes = from_base64(signature_text);
        if (!payload || !bytes) return problem = "its payload or signature is no base64", std::nullopt;
        const DsseEnvelope read{.payload_type = envelope.at("payloadType").get<std::string>(), .payload = std::string(as_text(*payload)), .key_id = signature.at("keyid").get<std::string>(), .signature = *bytes};
        if (!is_signed(read, public_key)) return problem = "its signature does not fit the key", std::nullopt;
        // Written again it must be the same: nothing may hide in what the signature does not cover.
        const Json again{{"payload", to_base64(as_bytes(read.payload))}, {"payloadType", read.payload_type}, {"signatures", Json::array({Json{{"keyid", read.key_id}, {"sig", to_base64(read.signature)}}})}};
        if (compact(again) != line) return problem = "it is not written as it was", std::nullopt;
        Json statement = Json::parse(read.payload, nullptr, false);
        if (statement.is_discarded() || statement.at("_type") != kStatementType || read.payload_type != kPayloadType) return problem = "it holds no in-toto statement", std::nullopt;
        return statement;
    } catch (const nlohmann::json::exception&) {
        problem = "it is no envelope of ours";
        return std::nullopt;
    }
}

// More than an hour after it happened: the record was what it was signed from, and not the event.
bool is_late(const Json& predicate) {
    const auto signed_on = predicate.contains("signedOn") ? parse_rfc3339(predicate.at("signedOn").get<std::string>()) : std::nullopt;
    const auto finished = parse_rfc3339(predicate.at("finishedOn").get<std::string>());
    return !signed_on || !finished || *signed_on - *finished > std::chrono::hours(1);
}

void count_statement(const Json& statement, BundleReport& report) {
    const Json& predicate = statement.at("predicate");
    const std::string kind = predicate.at("kind").get<std::string>();
    if (statement.at("predicateType") != kTestResult) report.problems.push_back("a statement is no test result");
    if (kind == "drill") ++report.drills;
    else if (kind == "verification") ++report.verifications;
    else ++report.approvals;
    if (predicate.at("result") != "PASSED") ++report.failed;
    if (is_late(predicate)) ++report.late;
}

// Returns the keys that it vouches for: those that its statements were signed with, in the course of time.
std::vector<std::string> read_manifest(const Json& manifest, const std::vector<std::string>& lines, BundleReport& report) {
    const Json& predicate = manifest.at("predicate");
    if (manifest.at("predicateType") != kManifest) {
        report.problems.push_back("line 1 is not the bundle's own statement");
        return {};
    }
    report.from = predicate.at("from").get<std::string>();
    report.until = predicate.at("until").get<std::string>();
    report.audit_hash = predicate.at("auditChain").at("hash").get<std::string>();
    for (const Json& sentence : predicate.at("leftOut")) report.left_out.push_back(sentence.get<std::string>());
    const Json& subjects = manifest.at("subject");
    if (subjects.size() != lines.size() - 1) report.problems.push_back(fmt::format("it was made with {} and has {}", counted(subjects.size(), "statement"), lines.size() - 1));
    for (std::size_t i = 0; i < subjects.size() && i + 1 < lines.size(); ++i) {
        if (subjects[i].at("digest").at("sha256") != digest_of_text(lines[i + 1])) report.problems.push_back(fmt::format("line {} is not the statement that was put there", i + 2));
    }
    return predicate.contains("signedBy") ? predicate.at("signedBy").get<std::vector<std::string>>() : std::vector<std::string>{};
}

// The one of `keys` that a line says it was signed with; otherwise the first.
const std::string& key_of(const std::string& line, const std::vector<std::string>& keys) {
    const auto named = std::ranges::find_if(keys, [&](const std::string& key) { return line.find(key_id_of(key)) != std::string::npos; });
    return named == keys.end() ? keys.front() : *named;
}

}  // namespace

std::string signed_line(const Attestation& one, Instant signed_at, const SigningKey& key) { return line_of(statement_of(one, signed_at), key); }

std::string evidence_bundle(const SignedEvidence& evidence, const BundleSpan& span, const SigningKey& key) {
    std::vector<std::string> lines;
    for (const KeptStatement& statement : evidence.statements) lines.push_back(statement.envelope);
    std::string text = line_of(manifest_of(evidence, span, lines), key) + "\n";
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

BundleReport verify_bundle(std::string_view bundle, std::string_view public_key) {
    BundleReport report;
    std::vector<std::string> lines = split(bundle, '\n');
    if (lines.size() < 2 || !lines.back().empty()) report.problems.push_back("it does not end with a whole line");
    else lines.pop_back();
    std::vector<std::string> keys{std::string(public_key)};
    for (std::size_t i = 0; i < lines.size(); ++i) {
        std::string problem;
        const auto statement = opened(lines[i], i == 0 ? keys.front() : key_of(lines[i], keys), problem);
        if (!statement) {
            report.problems.push_back(fmt::format("line {}: {}", i + 1, problem));
            continue;
        }
        try {
            if (i > 0) {
                count_statement(*statement, report);
                continue;
            }
            for (std::string& key : read_manifest(*statement, lines, report)) keys.push_back(std::move(key));
            report.keys = keys.size() - 1;
        } catch (const nlohmann::json::exception&) {
            report.problems.push_back(fmt::format("line {}: its statement lacks what it must have", i + 1));
        }
    }
    return report;
}

std::string to_json(const BundleReport& report) {
    return wire::text_of(Json{{"version", 1},
                              {"kind", "evidence-verification"},
                              {"ok", report.ok()},
                              {"problems", report.problems},
                              {"from", report.from},
                              {"until", report.until},
                              {"drills", report.drills},
                              {"verifications", report.verifications},
                              {"approvals", report.approvals},
                              {"failed", report.failed},
                              {"late", report.late},
                              {"keys", report.keys},
                              {"left_out", report.left_out},
                              {"audit_hash", report.audit_hash}});
}

}  // namespace holdfast
