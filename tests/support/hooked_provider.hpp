// The real SQLite provider, with places for a test to put its foot in the door.
#pragma once

#include <atomic>
#include <functional>

#include "providers/databases/sqlite/sqlite_provider.hpp"

namespace holdfast {

class HookedProvider final : public Provider {
public:
    std::function<void(const Place&, const WorkContext&)> before_back_up;   // May throw.
    std::function<void(const Place&, const WorkContext&)> after_back_up;
    std::atomic<int> backups{0};                                            // That got past the first hook.

    EngineKind engine() const override { return real_.engine(); }
    ProviderTraits traits() const override { return real_.traits(); }
    ProbeResult probe(const Place& place) override { return real_.probe(place); }
    BackupFacts back_up(const Place& place, ImageSink& sink, const WorkContext& work) override {
        if (before_back_up) before_back_up(place, work);
        ++backups;
        BackupFacts facts = real_.back_up(place, sink, work);
        if (after_back_up) after_back_up(place, work);
        return facts;
    }
    std::unique_ptr<LogCapture> capture_log(const Place& place, const WorkContext& work) override { return real_.capture_log(place, work); }
    fs::path target_of(const std::string& location, const std::string& file) override { return real_.target_of(location, file); }
    std::unique_ptr<TargetGuard> guard_target(const std::string& location, bool may_replace) override {
        return real_.guard_target(location, may_replace);
    }
    void begin_overwriting(const std::string& location) override { real_.begin_overwriting(location); }
    void finish_restore(const Place& place, const fs::path& at_last, const WorkContext& work) override { real_.finish_restore(place, at_last, work); }
    IntegrityReport check_integrity(const Place& place, const WorkContext& work) override { return real_.check_integrity(place, work); }
    void drop_copy(const Place& place) override { real_.drop_copy(place); }
    BackupFacts dump(const Place& place, const DumpSelection& selection, ImageSink& sink, const WorkContext& work) override { return real_.dump(place, selection, sink, work); }
    BackupFacts keep_raw(const Place& place, ImageSink& sink, const WorkContext& work) override { return real_.keep_raw(place, sink, work); }
    std::unique_ptr<RowReader> read_what_is_readable(const Place& damaged, const Place& sound, const fs::path& scratch,
                                                     const WorkContext& work) override {
        return real_.read_what_is_readable(damaged, sound, scratch, work);
    }
    SwapResult swap_in(const SwapRequest& request, const WorkContext& work) override { return real_.swap_in(request, work); }
    std::optional<bool> settle_swap(const fs::path& record, const Place& live, const WorkContext& work) override { return real_.settle_swap(record, live, work); }
    SwapResult swap_back(const fs::path& record, const Place& live, const WorkContext& work) override { return real_.swap_back(record, live, work); }
    std::optional<std::string> ask(const Place& place, const std::string& sql) override { return real_.ask(place, sql); }
    std::unique_ptr<RowReader> read_rows(const Place& place) override { return real_.read_rows(place); }
    std::unique_ptr<RowWriter> write_rows(const Place& place) override { return real_.write_rows(place); }
    std::unique_ptr<SqlReader> open_state(StateFiles& files, const DatabaseName& database, const WorkContext& work) override {
        return real_.open_state(files, database, work);
    }
    std::vector<PageOwner> owners_of(StateFiles& files, std::span<const std::uint64_t> pages, const WorkContext& work) override {
        return real_.owners_of(files, pages, work);
    }

private:
    SqliteProvider real_;
};

}  // namespace holdfast
