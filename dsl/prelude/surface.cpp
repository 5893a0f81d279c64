#include "dsl/prelude/surface.hpp"

#include <algorithm>

namespace holdfast {
namespace {

using enum EffectKind;

std::vector<WordSpec> words() {
    return {
        {"runbook", "runbook { name =, purpose =, params =, run = function(a) … end }", "declares the runbook; the file returns it"},
        {"param.database", "param.database { help = }", "a database of the policy; may be left out where there is only one"},
        {"param.instant", "param.instant { help =, optional = }", "a moment: RFC 3339, wall clock in the policy's zone, or \"20m ago\""},
        {"param.list", "param.list { of = \"identifier\", flag = \"--table\" }", "several values; the flag is given once for each"},
        {"param.one_of", "param.one_of { \"merge\", \"side-by-side\", default = \"merge\" }", "one of these texts"},
        {"param.text", "param.text { default =, help = }", "any text"},
        {"param.integer", "param.integer { default =, help = }", "a whole number"},
        {"param.boolean", "param.boolean { default = false, help = }", "given or not given"},
        {"param.location", "param.location { help = }", "a path, or where a server shall live"},
        {"param.identifier", "param.identifier { help = }", "the name of a table or column"},
        {"param.duration", "param.duration { default = \"45m\", help = }", "a span of time with its unit"},
        {"step", "step(\"title\", effect, { undo =, timeout =, retry = })", "hands the effect to the engine and returns its result"},
        {"expect", "expect(condition, \"message\")", "stops the run where the condition does not hold"},
        {"approve", "approve { \"title\", into =, to =, shows = }", "waits for approval of what comes next, bound to the evidence shown"},
        {"done", "return done { name = value }", "ends the run with a result"},
        {"print", "print(…)", "a line for the person who watches"},
    };
}

// Every effect: kind, arguments, result, what it does, and what the engine must see to.
std::vector<EffectSpec> effects() {
    const ArgumentSpec before{"before", "instant", false, "strictly before this moment; the newest when left out", {}};
    const ArgumentSpec why{"why", "text", false, "kept with the point", {}};
    const ArgumentSpec keep{"keep", "period", false, "pins the point for so long: \"30d\"", {}};
    return {
        {"find.point", Read, {{"of", "database", true, "whose point", {}}, before}, "point",
         "finds the newest recovery point of {of}", "", "", "", ""},
        {"backup.now", Idempotent,
         {{"of", "place", true, "which database, or a copy that has become the database", {}}, keep, why,
          {"kind", "text", false, "as the chain wants it when left out", {"full", "incremental"}}},
         "point", "takes a backup of {of}; the database is only read", "", "of", "", ""},
        {"backup.raw", Idempotent,
         {{"of", "database", true, "which database", {}}, {"keep", "period", false, "for so long; \"90d\" when left out", {}}, why}, "point",
         "keeps the files of {of} byte for byte as they are, damaged or not; it is evidence, never restored from by itself", "", "of", "", ""},
        {"restore.beside", Idempotent, {{"point", "point", true, "what to restore", {}}}, "copy",
         "restores {point} as a copy beside the live database; nothing live is changed", "", "", "a copy", ""},
        {"restore.newest_sound", Idempotent, {{"of", "database", true, "whose point", {}}, before}, "copy",
         "restores the newest point of {of} that proves sound; nothing live is changed", "", "", "a copy", ""},
        {"restore.to", Idempotent,
         {{"point", "point", true, "what to restore", {}}, {"location", "location", true, "where it shall live: a path; for a server a data directory, and with :PORT behind it a server is started there", {}}}, "copy",
         "restores {point} to {location}, where nothing may stand yet", "", "", "a copy", ""},
        {"restore.swap", Probed, {{"from", "copy", true, "the sound copy", {}}, {"into", "database", true, "what it replaces", {}}},
         "nothing", "puts {from} in the place of {into} by renaming, with nobody using it, a server stopped and started around it; the old files are kept beside it", "into", "",
         "the old files", ""},
        {"restore.swap_back", Idempotent, {{"into", "database", true, "what was replaced in this run", {}}}, "nothing",
         "puts the old files of {into} back, stopping its application where it is in use; the new ones are kept beside it", "into", "", "", ""},
        {"restore.replace", Idempotent,
         {{"point", "point", true, "the state to go back to", {}}, {"into", "database", true, "what is replaced", {}}}, "nothing",
         "restores {point} beside {into} and puts it in its place, stopping its application where it is in use; the old files are kept beside it",
         "into", "", "the old files", ""},
        {"extract.rows", Idempotent,
         {{"from", "copy", true, "the state that has the rows", {}}, {"to", "location", true, "a file that is not there yet", {}},
          {"tables", "list of text", false, "all of them when left out", {}},
          {"where", "text", false, "only rows for which this SQL condition holds", {}}},
         "copy", "writes rows of {from} to {to}: a new database, or of a server a script that psql loads", "", "", "a copy", ""},
        {"migration.try", Idempotent,
         {{"point", "point", true, "what to try it on", {}}, {"command", "text", true, "words apart by blanks; {path} is the database's file, or what connects to it", {}}},
         "copy", "restores {point} as a copy and runs the migration on that; nothing live is changed", "", "", "a copy", ""},
        {"migration.run", Once,
         {{"of", "database", true, "the live database", {}}, {"command", "text", true, "as it was tried", {}}}, "nothing",
         "runs the migration on {of}", "of", "", "a changed database", ""},
        {"verify.integrity", Read,
         {{"of", "place", true, "a database or a copy", {}},
          {"want_sound", "boolean", false, "false: damage is a result, not a failure", {}}},
         "integrity", "checks every page and reference of {of}", "", "", "", ""},
        {"verify.point", Read, {{"point", "point", true, "which point", {}}}, "verification",
         "reads back every byte that {point} needs", "", "", "", ""},
        {"verify.application", Read, {{"of", "place", true, "a database or a copy", {}}}, "verification",
         "asks the application's own probe about {of}", "", "", "", ""},
        {"compare.rows", Read,
         {{"old", "place", true, "the state that has the rows", {}}, {"new", "place", true, "the state that lacks them", {}},
          {"tables", "list of text", false, "all of them when left out", {}},
          {"where", "text", false, "only rows of {old} for which this SQL condition holds", {}},
          {"with_changed", "boolean", false, "true: rows with other values count as rows to put back too", {}},
          {"skip_unreadable", "boolean", false, "true: {old} may be damaged; what cannot be read of it is passed over and named", {}},
          {"want_missing", "integer", false, "the step fails where another number is missing", {}}},
         "difference", "compares the rows of {old} and {new} by primary key; both are only read", "", "", "", ""},
        {"merge.rows", Probed,
         {{"from", "difference", true, "what compare.rows found", {}}, {"into", "database", true, "the live database", {}},
          {"conflicts", "text", false, "a key that is there again with other values: stop (default) changes nothing at all",
           {"stop", "keep-live", "take-old"}}},
         "merge", "puts the missing rows back into {into}, in one transaction", "into", "", "changed rows", ""},
        {"merge.reverse", Idempotent, {{"put", "merge", true, "what merge.rows did", {}}}, "reversal",
         "takes out what {put} put in, where it is still as it was put", "put", "", "", ""},
        {"drop.copy", Idempotent, {{"copy", "copy", true, "a copy that a step restored", {}}}, "nothing",
         "removes {copy}", "", "", "", ""},
        {"application.stop", Once, {{"of", "database", true, "whose application", {}}}, "nothing",
         "runs the command that stops the application of {of}", "", "", "a stopped application", ""},
        {"application.start", Once, {{"of", "database", true, "whose application", {}}}, "nothing",
         "runs the command that starts the application of {of}", "", "", "", ""},
        {"application.repoint", Once,
         {{"of", "database", true, "whose application", {}}, {"to", "copy", true, "its new database", {}}}, "nothing",
         "runs the command that points the application of {of} at {to}", "", "", "a repointed application", ""},
        {"application.repoint_back", Once, {{"of", "database", true, "whose application", {}}}, "nothing",
         "runs the command that points the application of {of} back at where the policy says it is", "", "", "", ""},
        {"application.repoint_to_standby", Once, {{"of", "database", true, "whose application", {}}}, "nothing",
         "runs the command that points the application of {of} at its standby", "", "", "", ""},
        {"standby.look", Read, {{"of", "database", true, "whose standby", {}}}, "standby",
         "looks how far the standby of {of} is, and what it lacks", "", "", "", ""},
        {"standby.fence", Once, {{"of", "database", true, "whose old primary", {}}}, "nothing",
         "runs the command that keeps the old primary of {of} from writing", "", "", "", "", false, "of"},
        {"standby.promote", Probed,
         {{"of", "database", true, "whose standby", {}}, {"seen", "standby", true, "what standby.look saw", {}},
          {"accept_loss", "boolean", false, "true: also where the standby lacks commits that are known of", {}}},
         "promotion", "makes the standby of {of} the primary, on a new timeline; this cannot be taken back", "", "", "", "", false, "of"},
        {"catalog.rebuild", Idempotent, {{"of", "database", false, "the database that is of interest; all are rebuilt", {}}},
         "catalog", "makes the catalog's points again from the stores", "", "", "", ""},
    };
}

std::vector<RecordSpec> records() {
    return {
        {"instant", "a moment; can be compared", {{"millis", "integer", "since 1970, UTC"}, {"text", "text", "RFC 3339"},
          {"transaction", "text", "the transaction that was given instead of a time, as `runbook log` shows it"}}},
        {"database", "a database of the policy", {{"name", "text", ""}, {"engine", "text", ""}}},
        {"point",
         "a recovery point",
         {{"id", "text", ""},
          {"database", "text", ""},
          {"kind", "text", "full, incremental, raw"},
          {"instant", "instant", "every commit before it is in, none after"},
          {"log", "text", "the last transaction of the log that is brought back with it; empty: the point alone"},
          {"soundness", "text", "unchecked, sound, damaged"},
          {"source_bytes", "integer", "the database's size"},
          {"stored_bytes", "integer", "added to the store"},
          {"note", "text", "what there is to say about it"}}},
        {"copy",
         "a restored copy",
         {{"database", "text", "whose data it is"},
          {"engine", "text", ""},
          {"path", "text", "where it is"},
          {"point", "text", "the point's id"},
          {"instant", "instant", "the state it is in"},
          {"bytes", "integer", "its size"}}},
        {"integrity",
         "what a check found",
         {{"sound", "boolean", ""}, {"problems", "integer", ""}, {"shown", "list of text", "the first problems"}}},
        {"verification", "what a check said", {{"sound", "boolean", ""}, {"note", "text", ""}}},
        {"difference",
         "what two states differ in",
         {{"missing", "integer", "rows in old and not in new"},
          {"extra", "integer", "rows in new and not in old"},
          {"changed", "integer", "rows with other values"},
          {"tables", "list", "for each table: table, missing, extra, changed, note"},
          {"shown", "list of text", "as an approver sees it"},
          {"digest", "text", "SHA-256 of the missing rows"},
          {"spool", "text", "the file that holds them"},
          {"old", "place", ""},
          {"new", "place", ""}}},
        {"merge",
         "what was put back",
         {{"rows", "integer", "put in"},
          {"already_there", "integer", ""},
          {"kept", "integer", "conflicts left as they were"},
          {"replaced", "integer", "conflicts overwritten"},
          {"tables", "list of text", "in the order of filling"},
          {"into", "text", "the database"},
          {"undo", "text", "the file that merge.reverse reads"}}},
        {"reversal",
         "what was taken out again",
         {{"removed", "integer", ""}, {"restored", "integer", ""}, {"left", "integer", "changed since, left alone"}}},
        {"standby",
         "how far a standby is",
         {{"known", "text", "the farthest place in the log that anybody is known to have"},
          {"replayed", "text", "as far as the standby has replayed"},
          {"lacking", "integer", "bytes of the log that the standby has not received"},
          {"primary_answers", "boolean", "the primary could be asked"},
          {"system", "text", "the cluster that it is a copy of"},
          {"shown", "list of text", "as an approver sees it"}}},
        {"promotion", "what was promoted", {{"timeline", "integer", "the new one"}, {"replayed", "text", "where it began"}, {"lost", "integer", "bytes of the log that are gone with the old primary"}}},
        {"catalog", "what a rebuild found", {{"points", "integer", ""}, {"added", "integer", ""}, {"removed", "integer", ""}}},
    };
}

}  // namespace

std::string_view name_of(EffectKind kind) {
    static constexpr std::string_view kNames[] = {"read", "idempotent", "probed", "once"};
    return kNames[static_cast<std::size_t>(kind)];
}

const EffectSpec* Surface::effect(std::string_view name) const {
    const auto found = std::ranges::find(effects, name, &EffectSpec::name);
    return found == effects.end() ? nullptr : &*found;
}

const RecordSpec* Surface::record(std::string_view type) const {
    const auto found = std::ranges::find(records, type, &RecordSpec::type);
    return found == records.end() ? nullptr : &*found;
}

std::vector<std::string> Surface::names() const {
    std::vector<std::string> all;
    for (const WordSpec& word : words) all.push_back(word.name);
    for (const EffectSpec& effect : effects) all.push_back(effect.name);
    return all;
}

const Surface& language() {
    static const Surface surface{words(), effects(), records()};
    return surface;
}

}  // namespace holdfast
