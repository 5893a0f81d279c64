#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/console.hpp"
#include "engine/operations/catalog_points.hpp"
#include "engine/operations/keys.hpp"
#include "engine/operations/keys_of_people.hpp"
#include "engine/wire/evidence_bundle.hpp"
#include "engine/wire/results.hpp"

namespace holdfast {
namespace {

int list_command(Console& console, const Arguments&) {
    const auto all = list_keys(console.workplace());
    console.answer([&] { return to_json(all); }, [&] {
        Table table({{"STORE"}, {"KEY"}, {"KIND"}, {"CREATED"}, {"COMMENT"}, {""}});
        for (const KeysOfStore& store : all) {
            if (!store.exists) table.add({store.store.str(), "-", "no repository yet", "", "", ""});
            for (const KeyFacts& key : store.keys) {
                table.add({store.store.str(), key.id, key.kind, console.local(key.created), printable(key.comment, 60),
                           key.opened_this ? "the policy's" : ""});
            }
        }
        return table.text(console.style());
    });
    return 0;
}

SecretSource source_of(const Arguments& arguments) {
    if (arguments.has("--key")) return read_secret_source(arguments.text("--key"));
    throw Error(ErrorCode::Usage, "--key SOURCE is needed: where the new key is", "Write env:NAME, file:PATH or command:PROGRAM.");
}

int add_command(Console& console, const Arguments& arguments) {
    const auto changed = add_key(console.workplace(), source_of(arguments), arguments.maybe("--comment").value_or(""));
    console.answer([&] { return to_json(changed); }, [&] {
        std::string text;
        for (const KeyChanged& key : changed) text += fmt::format("key {} now opens store {} too\n", key.id, key.store.str());
        return text;
    });
    return 0;
}

int rotate_command(Console& console, const Arguments& arguments) {
    const auto changed = rotate_keys(console.workplace(), source_of(arguments), arguments.maybe("--comment").value_or(""));
    console.answer([&] { return to_json(changed); }, [&] {
        std::string text;
        for (const KeyChanged& key : changed) text += fmt::format("key {} opens store {} now; the one before does no longer\n", key.id, key.store.str());
        return text + "\nNow let the policy find the new key: change encryption.key, or what it names. Until then nothing can be backed up or restored.\n"
                      "Then: runbook doctor\n";
    });
    return 0;
}

int destroy_command(Console& console, const Arguments& arguments) {
    const DatabaseName database(arguments.text("DATABASE"));
    Workplace& workplace = console.workplace();
    const auto points = list_points(workplace, {database, std::nullopt});
    console.around().err << console.style().bad(fmt::format("This destroys the data key of {} in every store.", database.str()))
                         << fmt::format("\n{} of it can never be restored again, by anyone.\n", counted(points.size(), "recovery point"));
    console.confirm_word("Type the database's name to go on:", database.str(), arguments.maybe("--confirm"));
    const auto stores = destroy_key_of(workplace, database);
    std::vector<std::string> names;
    for (const StoreName& store : stores) names.push_back(store.str());
    console.answer([&] { return note_to_json("key-destroyed", {{"database", database.str()}, {"stores", join(names, ",")}}); }, [&] {
        return fmt::format("The data key of {} is gone from {}. The next backup makes a new one.\n", database.str(), join(names, ", "));
    });
    return 0;
}

int new_evidence_command(Console& console, const Arguments&) {
    const EvidenceKeyChange change = change_evidence_key(console.workplace(), &signed_line);
    console.answer([&] { return note_to_json("evidence-key", {{"before", change.before}, {"public_key", change.now}}); }, [&] {
        return fmt::format("Evidence is signed with {} from now on.\n{}", change.now,
                           change.before.empty() ? "" : fmt::format("Until now it was {}; that private key is gone, and what it signed stays verifiable:\nbundles that were exported before with that public key, new ones with the new one.\n", change.before));
    });
    return 0;
}

int new_person_command(Console& console, const Arguments& arguments) {
    const fs::path file = console.around().here / arguments.text("FILE");
    const std::string key = new_person_key(file);
    console.answer([&] { return note_to_json("person-key", {{"file", file.string()}, {"public_key", key}}); }, [&] {
        return fmt::format("wrote {}; nobody else may read it\n\nPut this under people: in the policy, with a name:\n"
                           "  NAME: {{ public_key: \"{}\", roles: [approver] }}\n",
                           file.string(), key);
    });
    return 0;
}

}  // namespace

std::vector<Command> keys_commands() {
    const Option key{.name = "--key", .value = "SOURCE", .help = "where the new key is: env:NAME, file:PATH or command:PROGRAM"};
    const Option comment{.name = "--comment", .value = "TEXT", .help = "kept with the key"};
    return {
        {.path = "keys list", .summary = "the keys that open each store's repository", .run = list_command},
        {.path = "keys add",
         .summary = "let a further key open the repositories",
         .description = "For a key that lies in a safe, or before a rotation. A key is 32 bytes in hex or base64; anything else is a passphrase.",
         .options = {key, comment},
         .examples = {"runbook keys add --key file:/media/safe/holdfast.key --comment \"in the safe\""},
         .run = add_command},
        {.path = "keys rotate",
         .summary = "put a new key in the place of the policy's",
         .description = "Wraps the data keys anew, in every store; no backup is rewritten. Afterwards the policy must find the new key.",
         .options = {key, comment},
         .examples = {"runbook keys rotate --key env:NEW_BACKUP_KEY"},
         .run = rotate_command},
        {.path = "keys destroy",
         .summary = "destroy one database's data key: none of its points can be read again",
         .description = "Crypto-shredding, for data that must be gone. Asks for the database's name.",
         .positionals = {{.name = "DATABASE", .help = "the database's name in the policy", .completes = Completes::Database}},
         .options = {{.name = "--confirm", .value = "NAME", .help = "the database's name again, where nobody is at a terminal"}},
         .run = destroy_command},
        {.path = "keys new-evidence",
         .summary = "replace the key with which evidence is signed",
         .description = "Signs what is not yet signed with the old key, makes a new one and destroys the old. What the old one signed stays verifiable. Both are on record in the audit chain.",
         .run = new_evidence_command},
        {.path = "keys new-person",
         .summary = "make the private key with which a person approves",
         .positionals = {{.name = "FILE", .help = "where the private key goes; keep it to yourself", .completes = Completes::File}},
         .examples = {"runbook keys new-person ~/.holdfast/dba-two.key"},
         .run = new_person_command},
    };
}

}  // namespace holdfast
