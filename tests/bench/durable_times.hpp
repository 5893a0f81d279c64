// When each captured transaction was durable: a provider and a store that look on while a follower works.
// The provider counts what capture hands over, the store notes when the put that holds it had completed.
#pragma once

#include <chrono>
#include <mutex>
#include <vector>

#include "engine/provider/provider.hpp"
#include "engine/storage/store.hpp"

namespace holdfast {

// Nanoseconds since 1970, as the writer's process notes them too.
inline std::int64_t wall_nanoseconds() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

class DurableTimes {
public:
    void forget() {
        const std::lock_guard lock(mutex_);
        times_.clear();
        waiting_ = 0;
    }
    // Of the first transaction since forget(), the second, …
    std::vector<std::int64_t> all() const {
        const std::lock_guard lock(mutex_);
        return times_;
    }

    void captured_one() {
        const std::lock_guard lock(mutex_);
        ++waiting_;
    }
    void begin_batch() { last_put_ = 0; }
    void end_put() { last_put_ = wall_nanoseconds(); }
    void end_batch() {
        const std::lock_guard lock(mutex_);
        times_.insert(times_.end(), waiting_, last_put_ > 0 ? last_put_ : wall_nanoseconds());
        waiting_ = 0;
    }

private:
    // Of this thread's batch: others, which merge pieces, put under the same names.
    static inline thread_local std::int64_t last_put_ = 0;
    mutable std::mutex mutex_;
    std::vector<std::int64_t> times_;
    std::size_t waiting_ = 0;
};

class TimedSink final : public LogSink {
public:
    TimedSink(LogSink& real, DurableTimes& times) : real_(real), times_(times) {}
    void joined() override { real_.joined(); }
    void add_page(std::uint64_t page, ByteView bytes, PageSource& before) override { real_.add_page(page, bytes, before); }
    void commit(const CapturedCommit& commit) override {
        times_.captured_one();
        real_.commit(commit);
    }
    void make_durable() override {
        times_.begin_batch();
        real_.make_durable();
        times_.end_batch();
    }
    void nothing_new(Instant now) override { real_.nothing_new(now); }

private:
    LogSink& real_;
    DurableTimes& times_;
};

class TimedCapture final : public LogCapture {
public:
    TimedCapture(std::unique_ptr<LogCapture> real, DurableTimes& times) : real_(std::move(real)), times_(times) {}
    std::uint32_t page_bytes() const override { return real_->page_bytes(); }
    CaptureResult follow(const std::string& mark, LogSink& sink, const CancelToken& cancel) override {
        TimedSink timed(sink, times_);
        return real_->follow(mark, timed, cancel);
    }
    CaptureResult once(const std::string& mark, LogSink& sink, const CancelToken& cancel) override {
        TimedSink timed(sink, times_);
        return real_->once(mark, timed, cancel);
    }

private:
    std::unique_ptr<LogCapture> real_;
    DurableTimes& times_;
};

// `times` outlives it and what it makes.
class TimedProvider final : public Provider {
public:
    TimedProvider(std::unique_ptr<Provider> real, DurableTimes& times) : real_(std::move(real)), times_(times) {}
    EngineKind engine() const override { return real_->engine(); }
    ProviderTraits traits() const override { return real_->traits(); }
    ProbeResult probe(const Place& place) override { return real_->probe(place); }
    BackupFacts back_up(const Place& place, ImageSink& sink, const WorkContext& work) override { return real_->back_up(place, sink, work); }
    std::unique_ptr<LogCapture> capture_log(const Place& place, const WorkContext& work) override {
        return std::make_unique<TimedCapture>(real_->capture_log(place, work), times_);
    }
    fs::path target_of(const std::string& location, const std::string& file) override { return real_->target_of(location, file); }
    std::unique_ptr<TargetGuard> guard_target(const std::string& location, bool may_replace) override { return real_->guard_target(location, may_replace); }
    void begin_overwriting(const std::string& location) override { real_->begin_overwriting(location); }
    void finish_restore(const Place& place, const fs::path& at_last, const WorkContext& work) override { real_->finish_restore(place, at_last, work); }
    IntegrityReport check_integrity(const Place& place, const WorkContext& work) override { return real_->check_integrity(place, work); }
    void drop_copy(const Place& place) override { real_->drop_copy(place); }
    std::unique_ptr<RowReader> read_rows(const Place& place) override { return real_->read_rows(place); }
    std::unique_ptr<RowWriter> write_rows(const Place& place) override { return real_->write_rows(place); }

private:
    std::unique_ptr<Provider> real_;
    DurableTimes& times_;
};

// `times` outlives it.
class TimedStore final : public Store {
public:
    TimedStore(std::unique_ptr<Store> real, DurableTimes& times) : real_(std::move(real)), times_(times) {}
    StoreTraits traits() const override { return real_->traits(); }
    std::unique_ptr<Upload> begin_upload(const std::string& name) override { return real_->begin_upload(name); }
    bool put_if_absent(const std::string& name, ByteView bytes) override {
        const bool put = real_->put_if_absent(name, bytes);
        if (name.starts_with("logs/")) times_.end_put();
        return put;
    }
    void put(const std::string& name, ByteView bytes) override { real_->put(name, bytes); }
    Bytes get(const std::string& name, std::uint64_t bytes_max) override { return real_->get(name, bytes_max); }
    void get_range(const std::string& name, std::uint64_t offset, std::span<std::byte> out) override { real_->get_range(name, offset, out); }
    std::optional<ObjectFacts> look_at(const std::string& name) override { return real_->look_at(name); }
    void list(std::string_view prefix, const std::function<void(const ObjectFacts&)>& visit) override { real_->list(prefix, visit); }
    bool remove(const std::string& name) override { return real_->remove(name); }
    std::size_t sweep_leftovers(Instant older_than) override { return real_->sweep_leftovers(older_than); }
    std::optional<std::uint64_t> free_bytes() override { return real_->free_bytes(); }

private:
    std::unique_ptr<Store> real_;
    DurableTimes& times_;
};

}  // namespace holdfast
