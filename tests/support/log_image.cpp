#include "tests/support/log_image.hpp"

#include <algorithm>
#include <thread>

#include "engine/base/error.hpp"

namespace holdfast {

void LogImage::try_before(std::uint64_t page, PageSource& before) {
    Bytes was(page_bytes_);
    try {
        before.read(page, was);
    } catch (const Error& error) {
        if (error.code != ErrorCode::Missing) throw;
        ++befores_missing;
        return;
    }
    ++befores_read;
    const std::uint64_t at = page * page_bytes_;
    const bool right = at + page_bytes_ <= durable.size() && std::ranges::equal(was, std::span(durable).subspan(at, page_bytes_));
    if (!right) complain("page " + std::to_string(page) + " was another before");
}

void LogImage::add_page(std::uint64_t page, ByteView bytes, PageSource& before) {
    ++pages;
    if (bytes.size() != page_bytes_) complain("a page of another size");
    if (!open_.empty() && page <= open_.rbegin()->first) complain("page " + std::to_string(page) + " comes twice or out of order");
    if (!touched_.contains(page)) try_before(page, before);
    open_[page] = to_bytes(bytes);
}

void LogImage::commit(const CapturedCommit& commit) {
    if (open_.empty()) complain("a transaction without pages");
    image.resize(commit.pages_after * page_bytes_);
    for (const auto& [page, bytes] : open_) {
        if (page >= commit.pages_after) {
            complain("a page that was cut off");
            continue;
        }
        touched_.insert(page);
        std::ranges::copy(bytes, image.begin() + static_cast<std::ptrdiff_t>(page * page_bytes_));
    }
    open_.clear();
    if (!commits.empty() && commit.at < commits.back().at) complain("time goes back");
    if (commit.not_before > commit.at) complain("not_before is after at");
    commits.push_back(commit);
    if (on_commit) on_commit();
}

void LogImage::make_durable() {
    ++makes;
    if (on_durable) on_durable();
    durable = image;
    touched_.clear();
    durable_commits_ = commits.size();
}

void LogImage::nothing_new(Instant now) {
    if (durable_commits_ != commits.size()) complain("nothing new while something waits");
    if (now < nothing_until_) complain("idle time goes back");
    nothing_until_ = now;
}

// Bytes 18 and 19 say that there is a log.
void LogImage::write_to(const fs::path& path) const {
    Bytes bytes = image;
    if (bytes.size() > 20) bytes[18] = bytes[19] = std::byte{1};
    for (const char* side : {"", "-wal", "-shm", "-journal"}) fs::remove(path.string() + side);
    write_file_durably(path, bytes);
}

std::size_t LogImage::durable_commits() const { return durable_commits_; }

void LogImage::wait_for_durable(std::size_t count) const {
    for (int i = 0; i < 20'000 && durable_commits_ < count; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace holdfast
