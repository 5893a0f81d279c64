// Lets a provider's capture write into a log stream: the provider's LogSink over the repository's LogWriter.
// Neither knows the other; beside image_bridge.hpp this is the only place where both are seen.
#pragma once

#include <atomic>
#include <functional>

#include "engine/provider/log.hpp"
#include "engine/repository/log.hpp"

namespace holdfast {

class LogBridge final : public LogSink {
public:
    // `on_durable` is called after each make_durable() and each sign of life of an idle database, with the instant up to which
    // everything that was committed is in the store. `on_joined` (may be nothing): LogSink::joined().
    LogBridge(LogWriter& writer, std::function<void(Instant)> on_durable, std::function<void()> on_joined = {})
        : writer_(writer), on_durable_(std::move(on_durable)), on_joined_(std::move(on_joined)) {}

    void joined() override {
        if (on_joined_) on_joined_();
    }

    void add_page(std::uint64_t page, ByteView bytes, PageSource& before) override {
        captured_bytes_ += bytes.size();
        writer_.add_page(page, bytes, [&before](std::uint64_t first, std::span<std::byte> out) { before.read(first, out); });
    }
    void commit(const CapturedCommit& commit) override {
        writer_.commit(commit.at, commit.not_before, commit.pages_after, commit.mark);
        newest_ = commit.at;
        ++transactions_;
    }
    void make_durable() override {
        writer_.make_durable();
        if (newest_) on_durable_(*newest_);
    }
    void nothing_new(Instant now) override { on_durable_(now); }

    std::uint64_t transactions() const { return transactions_; }       // Committed through this object.
    std::uint64_t captured_bytes() const { return captured_bytes_; }

private:
    LogWriter& writer_;
    std::function<void(Instant)> on_durable_;
    std::function<void()> on_joined_;
    std::optional<Instant> newest_;
    std::atomic<std::uint64_t> transactions_{0}, captured_bytes_{0};   // Asked from other threads too.
};

}  // namespace holdfast
