// PostgreSQL as a database engine: a whole cluster is one database to Holdfast. README.md beside this file says how.
#pragma once

#include "engine/provider/provider.hpp"
#include "engine/provider/standby.hpp"
#include "engine/provider/wal.hpp"

namespace holdfast {

class PostgresProvider final : public Provider, public WalEngine, public StandbyEngine {
public:
    EngineKind engine() const override { return EngineKind::Postgres; }
    ProviderTraits traits() const override;

    ProbeResult probe(const Place& place) override;
    BackupFacts back_up(const Place& place, ImageSink& sink, const WorkContext& work) override;
    BackupFacts dump(const Place& place, const DumpSelection& selection, ImageSink& sink, const WorkContext& work) override;

    fs::path target_of(const std::string& location, const std::string& image_file) override;
    std::unique_ptr<TargetGuard> guard_target(const std::string& location, bool may_replace) override;
    void begin_overwriting(const std::string& location) override;
    void finish_restore(const Place& place, const fs::path& at_last, const WorkContext& work) override;

    std::vector<std::string> what_next(const Place& copy) override;
    std::string open_copy(const CopyOpening& opening, const WorkContext& work) override;
    std::unique_ptr<SqlReader> ask_copy(const Place& copy, const WorkContext& work) override;
    ScriptFacts write_script(const ScriptOrder& order, const WorkContext& work) override;
    void close_copies(const fs::path& folder) override;
    CopyLocation read_location(const std::string& text) override;
    void require_free_port(std::uint16_t port) override;
    ProgramAddress address_for_programs(const Place& place) override;
    std::optional<std::string> ask(const Place& place, const std::string& sql) override;
    IntegrityReport check_integrity(const Place& place, const WorkContext& work) override;
    void drop_copy(const Place& place) override;
    BackupFacts keep_raw(const Place& place, ImageSink& sink, const WorkContext& work) override;
    std::unique_ptr<RowReader> read_what_is_readable(const Place& damaged, const Place& sound, const fs::path& scratch, const WorkContext& work) override;
    SwapResult swap_in(const SwapRequest& request, const WorkContext& work) override;
    std::optional<bool> settle_swap(const fs::path& record, const Place& live, const WorkContext& work) override;
    SwapResult swap_back(const fs::path& record, const Place& live, const WorkContext& work) override;

    WalHead look_at_wal(ByteView first_page) override;
    std::unique_ptr<WalParsing> read_wal(const WalHead& head, Lsn begin) override;
    std::uint64_t cluster_of_wal(const fs::path& file) override;
    ReceiveResult receive_wal(const Place& place, WalSink& sink, bool follow, const WorkContext& work) override;
    std::vector<KeptWal> kept_wal(const Place& place) override;
    void stop_keeping_wal(const Place& place) override;
    fs::path wal_folder(const fs::path& copy) override;
    void set_replay(const fs::path& copy, const ReplayTarget& target) override;
    std::unique_ptr<WalStepping> step_through(const CopyOpening& opening, const WorkContext& work) override;
    std::unique_ptr<WalChanges> read_changes(const WalHead& head, Lsn begin) override;
    RelationNames relation_names(StateFiles& files) override;
    RelationNames relation_names(const Place& live, const CancelToken& cancel) override;

    StandbyState look_at_standby(const std::string& connection, const CancelToken& cancel) override;
    PrimaryState look_at_primary(const std::string& connection, const CancelToken& cancel) override;
    void promote(const std::string& connection, const CancelToken& cancel) override;

    std::unique_ptr<RowReader> read_rows(const Place& place) override;
    std::unique_ptr<RowWriter> write_rows(const Place& place) override;
};

}  // namespace holdfast
