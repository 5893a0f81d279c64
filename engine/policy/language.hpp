// The policy language, declared once as data. The parser, the problems it reports, the JSON Schema and
// the reference all read this table; nothing else in the program knows a policy key by heart but
// build.cpp, which puts the values into the model.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

enum class ValueKind : std::uint8_t {
    Map,           // Fixed keys, those of the table below its path.
    Names,         // A map from names of one's own to values.
    List,          // A list of maps.
    Text,
    Texts,         // A list of them.
    Word,          // One of `words`.
    Words,         // A list of them.
    Whole,         // A whole number from `least` to `most`.
    YesNo,
    Elapsed,       // "15m": elapsed time.
    Span,          // "3mo": months are calendar months.
    CronLine,
    Zone,
    Path,
    StoreUrl,
    Connection,
    Url,           // "https://…", or a place that holds one.
    MailServer,    // "smtp://host:587"
    Address,       // "dba@example.org"
    Addresses,     // A list of them.
    SecretPlace,   // Where a secret is: "env:…", "file:…", "command:…".
    Compression,   // "zstd:9"
    Reference,     // A name under the top-level key `refers_to`.
    References,    // A list of them.
    Command,       // A program and its arguments, as a list.
    Date,
    PublicKey,
    CheckId,
};

enum class Need : std::uint8_t {
    Optional,
    Always,          // In the text itself.
    AfterExtends,    // It may be inherited.
    OnceInFolder,    // In any one of the files.
};

struct LanguageKey {
    std::string path;                     // "policies.*.backups.full.every"; a star is a name of one's own.
    ValueKind kind = ValueKind::Text;
    Need need = Need::Optional;
    std::string fallback;                 // What holds where the key is not there; empty: nothing.
    std::vector<std::string> words;       // Allowed words; beside other kinds: words allowed instead ("none").
    std::string refers_to;                // The top-level key whose names are meant.
    std::string group;                    // Exactly one key of a group stands in a map.
    int least = 0, most = 0;              // Of whole numbers; of durations, the least in seconds.
    std::string advice;                   // A sentence for the reference and for editors.
    std::string example;
};

// Every key, parents before children, in the order in which a person would write them.
const std::vector<LanguageKey>& policy_language();

// A key and the keys below it.
struct LanguageNode {
    const LanguageKey* key = nullptr;     // Nothing at the root.
    std::vector<std::string> order;       // The names below, in the order of the table; "*" alone for names of one's own.
    std::map<std::string, LanguageNode, std::less<>> below;

    const LanguageNode* child(std::string_view name) const;   // Takes "*" where there is one.
};
const LanguageNode& policy_language_tree();

// Returns the declaration at "databases.orders.path" or "databases.*.path", or nullptr.
const LanguageKey* find_language_key(const std::vector<std::string>& path);

// What a value of this kind looks like, for people: "a duration such as 15m or 26h".
std::string describe(const LanguageKey& key);

// Schemes of stores that the language knows, whether or not this build has them.
const std::vector<std::string>& store_scheme_words();

}  // namespace holdfast
