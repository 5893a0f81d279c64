// SQLite as a database engine: backs up the live file page by page while other programs write it, checks,
// guards and drops restored files, and reads and writes rows. README.md beside this file says how.
#pragma once

#include <memory>

#include "engine/provider/provider.hpp"

namespace holdfast {

class SqliteProvider final : public Provider {
public:
    EngineKind engine() const override { return EngineKind::Sqlite; }
    ProviderTraits traits() const override;

    ProbeResult probe(const Place& place) override;
    BackupFacts back_up(const Place& place, ImageSink& sink, const WorkContext& work) override;

    std::unique_ptr<LogCapture> capture_log(const Place& place, const WorkContext& work) override;

    fs::path target_of(const std::string& location, const std::string& image_file) override;
    std::unique_ptr<TargetGuard> guard_target(const std::string& location, bool may_replace) override;
    void finish_restore(const Place& place, const fs::path& at_last, const WorkContext& work) override;

    IntegrityReport check_integrity(const Place& place, const WorkContext& work) override;
    void drop_copy(const Place& place) override;

    BackupFacts keep_raw(const Place& place, ImageSink& sink, const WorkContext& work) override;
    std::unique_ptr<RowReader> read_what_is_readable(const Place& damaged, const Place& sound, const fs::path& scratch,
                                                     const WorkContext& work) override;
    SwapResult swap_in(const SwapRequest& request, const WorkContext& work) override;
    std::optional<bool> settle_swap(const fs::path& record, const Place& live, const WorkContext& work) override;
    SwapResult swap_back(const fs::path& record, const Place& live, const WorkContext& work) override;
    std::optional<std::string> ask(const Place& place, const std::string& sql) override;

    std::unique_ptr<RowReader> read_rows(const Place& place) override;
    std::unique_ptr<RowWriter> write_rows(const Place& place) override;

    std::unique_ptr<SqlReader> open_state(StateFiles& files, const DatabaseName& database, const WorkContext& work) override;
    std::vector<PageOwner> owners_of(StateFiles& files, std::span<const std::uint64_t> pages, const WorkContext& work) override;
};

}  // namespace holdfast
