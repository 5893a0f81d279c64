// A log's sink that keeps the database as a file in memory: every transaction is applied, and everything that
// engine/provider/log.hpp promises is checked on the way. A broken promise is remembered in `complaints`.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "engine/base/file.hpp"
#include "engine/provider/log.hpp"

namespace holdfast {

class LogImage final : public LogSink {
public:
    LogImage(Bytes base, std::uint32_t page_bytes) : image(base), durable(std::move(base)), page_bytes_(page_bytes) {}

    void add_page(std::uint64_t page, ByteView bytes, PageSource& before) override;
    void commit(const CapturedCommit& commit) override;
    void make_durable() override;
    void nothing_new(Instant now) override;

    // What is open is dropped, as a store does when capture ends with a gap.
    void drop_open() { open_.clear(); }
    // Writes the image so that it can be opened without a log beside it.
    void write_to(const fs::path& path) const;
    std::size_t durable_commits() const;
    void wait_for_durable(std::size_t count) const;

    Bytes image, durable;
    std::vector<CapturedCommit> commits;
    std::function<void()> on_commit, on_durable;       // The second may throw.
    std::vector<std::string> complaints;
    std::uint64_t befores_read = 0, befores_missing = 0, pages = 0;
    std::size_t makes = 0;

private:
    void complain(const std::string& what) { complaints.push_back(what + " at commit " + std::to_string(commits.size())); }
    void try_before(std::uint64_t page, PageSource& before);

    std::uint32_t page_bytes_;
    std::map<std::uint64_t, Bytes> open_;
    std::set<std::uint64_t> touched_;                  // Since the last make_durable.
    Instant nothing_until_{};
    std::atomic<std::size_t> durable_commits_{0};
};

}  // namespace holdfast
