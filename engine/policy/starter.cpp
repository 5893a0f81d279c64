#include "engine/policy/starter.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/policy/values.hpp"
#include "engine/schedule/zone.hpp"

namespace holdfast {
namespace {

// In double quotes, as YAML wants it.
std::string quoted_yaml(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

void require_one_line(std::string_view what, std::string_view text) {
    if (!text.empty() && printable(text, text.size() * 4 + 1) == text) return;
    throw Error(ErrorCode::Usage, fmt::format("{} is empty or holds a control character", what), "Give a plain text of one line.");
}

constexpr std::string_view kText = R"(# yaml-language-server: $schema=policy.schema.json
# What is backed up, how, and what must hold. All *.yaml files of this folder are read as one.
# Check it with `runbook policy check`; every key is explained in `runbook policy schema`.
version: 1
timezone: {timezone}

# Where backups go. A path after `file:` starts beside this folder, one after `file://` at the root.
stores:
  local: {{ url: {store} }}

# Everything stored is encrypted with the key in this variable. Make one with `openssl rand -base64 32`,
# keep a copy of it elsewhere: without it no backup can be read.
encryption: {{ key: "env:BACKUP_ENCRYPTION_KEY" }}
compression: zstd

# What must hold.
environments:
  main:
    rpo: 26h                    # The most work, in time, that may be lost.
    rto: 1h                     # The longest that recovery may take.
    copies: [local]             # A second store elsewhere protects against fire and theft.

# How.
policies:
  standard:
    backups:
      full:        {{ cron: "0 2 * * Sun",     start_within: 30m, finish_within: 1h }}
      incremental: {{ cron: "0 2 * * Mon-Sat", start_within: 30m, finish_within: 1h }}
    retention:
      daily: 30d                # One point for each of the last 30 days,
      weekly: 3mo               # one for each week of three months,
      monthly: 12mo             # one for each month of a year,
      at_least: 3               # and never fewer good ones than these.
    verify: {{ after_backup: checksum }}

# Which.
databases:
  {database}:
    engine: sqlite
    environment: main
    policy: standard
    path: {path}

# Which runbook answers which disaster.
scenarios:
  accidental-deletion: {{ runbook: accidental-deletion }}
)";

}  // namespace

std::string starter_policy(const StarterOptions& options) {
    if (!is_policy_name(options.database)) {
        throw Error(ErrorCode::Usage, fmt::format("{} cannot be the name of a database", printable(options.database, 100)), "Use letters, digits, `.`, `_` and `-`; begin with a letter or digit.");
    }
    if (!zone_exists(options.timezone)) throw Error(ErrorCode::Usage, fmt::format("there is no time zone {}", printable(options.timezone, 100)), "Use an IANA name such as Europe/Berlin or UTC.");
    require_one_line("the database's path", options.path);
    require_one_line("the store's URL", options.store_url);
    return fmt::format(kText, fmt::arg("timezone", options.timezone), fmt::arg("store", quoted_yaml(options.store_url)),
                       fmt::arg("database", options.database), fmt::arg("path", quoted_yaml(options.path)));
}

}  // namespace holdfast
