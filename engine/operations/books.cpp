#include "engine/operations/books.hpp"

#include "dsl/load/lint.hpp"
#include "dsl/load/new_runbook.hpp"
#include "dsl/load/parameters.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kRunbookBytesMax = 1U << 20;

BookEntry entry_of(const RunbookFile& file) {
    try {
        return {file.name, file.file, load_runbook(file.file).purpose, ""};
    } catch (const Error& error) {   // One broken file must not hide the others.
        return {file.name, file.file, "", error.message};
    }
}

fs::path file_of(const std::string& what, const fs::path& here, const std::vector<fs::path>& folders) {
    if (what.ends_with(".lua") || what.find('/') != std::string::npos) return here / what;
    for (const RunbookFile& file : runbook_files(folders)) {
        if (file.name == what) return file.file;
    }
    return find_runbook(what, folders).file;   // Throws, with a suggestion.
}

}  // namespace

std::vector<BookEntry> list_books(const std::vector<fs::path>& folders) {
    std::vector<BookEntry> entries;
    for (const RunbookFile& file : runbook_files(folders)) entries.push_back(entry_of(file));
    return entries;
}

Runbook load_book(const std::string& name, const std::vector<fs::path>& folders) { return find_runbook(name, folders); }

std::string parameters_text(const Runbook& book) { return parameter_help(book); }

int BookLint::exit_status() const {
    int status = 0;
    for (const Finding& finding : findings) {
        if (finding.severity == Severity::Error) return exit_status_of(ErrorCode::BadRunbook);
        if (finding.severity == Severity::Warning) status = exit_status_of(ErrorCode::Findings);
    }
    return status;
}

BookLint lint_books(const std::vector<std::string>& what, const fs::path& here, const std::vector<fs::path>& folders) {
    BookLint lint;
    for (const std::string& one : what) lint.checked.push_back(file_of(one, here, folders));
    if (what.empty()) {
        for (const RunbookFile& file : runbook_files(folders)) lint.checked.push_back(file.file);
    }
    for (const fs::path& file : lint.checked) {
        for (Finding& finding : lint_runbook(read_text_file(file, kRunbookBytesMax), file)) lint.findings.push_back(std::move(finding));
    }
    return lint;
}

fs::path new_book(const std::string& name, const fs::path& folder) {
    const std::string text = new_runbook_text(name);
    const fs::path file = folder / (name + ".lua");
    fs::create_directories(folder);
    if (write_file_if_absent(file, as_bytes(text), 0644)) return file;
    throw Error(ErrorCode::AlreadyExists, fmt::format("{} is there already", file.string()), "Choose another name, or edit that one.");
}

}  // namespace holdfast
