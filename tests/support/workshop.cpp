#include "tests/support/workshop.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "engine/base/file.hpp"
#include "engine/base/format.hpp"
#include "engine/base/time.hpp"
#include "engine/sqlite/connection.hpp"
#include "engine/sqlite/identifier.hpp"

namespace holdfast {
namespace {

constexpr const char* kKey = "7b1f0c5e9a3d48662f4be0917cd85a3342d6f1897e0ba5c49d3871f65e2c0ab4";

void write_text(const fs::path& path, const std::string& text) {
    std::ofstream stream(path, std::ios::binary | std::ios::trunc);
    stream << text;
    if (!stream.flush()) throw std::runtime_error("cannot write " + path.string());
}

std::string joined(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) line += word + " ";
    return line;
}

}  // namespace

fs::path program_path() { return fs::path(HOLDFAST_BINARY_DIR) / "runbook"; }

Shop::Shop(const ShopOptions& options) : made_(std::chrono::system_clock::now()) {
    fs::create_directories(folder() / "policies");
    fs::copy(fs::path(HOLDFAST_SOURCE_DIR) / "runbooks", folder() / "runbooks", fs::copy_options::recursive);
    write_policy(options);
    fill_database(options);
}

void Shop::write_policy(const ShopOptions& options) const {
    const std::string offsite = options.offsite ? fmt::format("  offsite: {{ url: \"file://{}\", site: there }}\n", store("offsite").string()) : "";
    write_text(folder() / "policies/shop.yaml",
               fmt::format("version: 1\n"
                           "timezone: UTC\n"
                           "stores:\n"
                           "  local: {{ url: \"file://{}\", site: here }}\n{}"
                           "encryption: {{ key: \"env:BACKUP_ENCRYPTION_KEY\" }}\n"
                           "environments:\n"
                           "  small: {{ rpo: 26h, rto: 1h, copies: [{}] }}\n"
                           "policies:\n"
                           "  often:\n"
                           "    backups: {}\n"
                           "    retention: {}\n"
                           "databases:\n"
                           "  shop: {{ engine: sqlite, environment: small, policy: often, path: \"{}\"{} }}\n"
                           "scenarios:\n"
                           "  accidental-deletion: {{ runbook: accidental-deletion }}\n",
                           store().string(), offsite, options.offsite ? "local, offsite" : "local", options.backups,
                           options.retention, database().string(),
                           options.application.empty() ? "" : ", application: " + options.application));
}

void Shop::fill_database(const ShopOptions& options) const {
    Connection connection = Connection::open(database(), OpenMode::Create);
    connection.execute(options.wal ? "pragma journal_mode = wal" : "pragma journal_mode = delete");
    connection.execute(
        "create table customers (id integer primary key, name text not null);"
        "create table orders (id integer primary key, customer integer not null references customers(id), note text);"
        "create table items (orders integer not null references orders(id), line integer, product text, primary key (orders, line)) "
        "without rowid;");
    connection.execute(fmt::format(
        "begin; with recursive n(i) as (select 1 union all select i + 1 from n where i < {}) "
        "insert into customers select i, 'Customer ' || i from n; "
        "insert into orders select id, id, 'order ' || id || ' to the back door ' || hex(zeroblob(20)) from customers; "
        "insert into items select id, 1, 'product ' || (id % 97) from orders; "
        "insert into items select id, 2, 'product ' || (id % 89) from orders; commit;",
        options.orders));
}

ProcessResult Shop::run(const std::vector<std::string>& command, const CommandOptions& options) const {
    std::vector<std::string> argv = options.through;
    argv.push_back(program_path().string());
    argv.insert(argv.end(), command.begin(), command.end());
    ProcessOptions process;
    process.timeout = options.timeout;
    process.add_environment = options.environment;
    process.add_environment.try_emplace("BACKUP_ENCRYPTION_KEY", kKey);
    process.add_environment["HOLDFAST_POLICIES"] = (folder() / "policies").string();
    if (!options.crash_at.empty()) process.add_environment["HOLDFAST_CRASH_AT"] = options.crash_at;
    const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now() + options.later);
    if (options.later.count() != 0) process.add_environment.try_emplace("HOLDFAST_NOW", to_rfc3339(now));
    return run_process(argv, process);
}

std::string Shop::must(const std::vector<std::string>& command, const CommandOptions& options) const {
    ProcessResult result = run(command, options);
    if (result.ok()) return std::move(result.output);
    throw std::runtime_error(fmt::format("runbook {}: exit status {}\n{}{}", joined(command), result.exit_status, result.output, result.errors));
}

std::string Shop::key() { return kKey; }

void Shop::sql(const std::string& statements) const { Connection::open(database(), OpenMode::ReadWrite).execute(statements); }

std::string Shop::answer(const std::string& query) const {
    return Connection::open(database(), OpenMode::ReadOnly).text(query).value_or("");
}

std::string Shop::content_of(const fs::path& database) {
    Connection connection = Connection::open(database, OpenMode::ReadOnly);
    std::string all;
    std::vector<std::string> tables;
    Statement list = connection.prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name");
    while (list.step()) tables.push_back(list.text(0));
    for (const std::string& table : tables) {
        all += table + "\n";
        Statement rows = connection.prepare("select * from " + quote_identifier(table) + " order by 1, 2");
        while (rows.step()) {
            for (int column = 0; column < rows.columns(); ++column) all += rows.text(column) + "|";
            all += "\n";
        }
    }
    return all;
}

void Shop::save() {
    fs::remove_all(scratch("saved"));
    fs::copy(folder(), scratch("saved"), fs::copy_options::recursive | fs::copy_options::copy_symlinks);
}

void Shop::restore_saved() {
    fs::remove_all(folder());
    fs::copy(scratch("saved"), folder(), fs::copy_options::recursive | fs::copy_options::copy_symlinks);
}

std::string json_at(const std::string& json, const std::string& path) {
    return Connection::in_memory().text("select json_extract(?, ?)", json, path).value_or("");
}

std::vector<std::vector<std::string>> json_rows(const std::string& json, const std::string& array, const std::vector<std::string>& fields) {
    std::string columns;
    for (const std::string& field : fields) columns += (columns.empty() ? "" : ", ") + fmt::format("json_extract(value, {})", quote_literal(field));
    Connection connection = Connection::in_memory();
    Statement statement = connection.prepare("select " + columns + " from json_each(?, ?)");
    statement.bind_all(json, array);
    std::vector<std::vector<std::string>> rows;
    while (statement.step()) {
        std::vector<std::string> row;
        for (int column = 0; column < statement.columns(); ++column) row.push_back(statement.text(column));
        rows.push_back(std::move(row));
    }
    return rows;
}

std::string bytes_of_file(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    if (!stream) throw std::runtime_error("cannot read " + path.string());
    std::ostringstream text;
    text << stream.rdbuf();
    return std::move(text).str();
}

}  // namespace holdfast
