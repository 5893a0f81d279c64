#include "providers/databases/postgres/recovery_settings.hpp"

#include <catch2/catch.hpp>

#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

namespace {
const ReplayTarget kTarget{.branch = {7, 2}, .until = Lsn{0x3000148}};
}

TEST_CASE("a copy replays to its place, waits there, and archives nothing", "[postgres][recovery]") {
    CHECK(with_recovery_settings("shared_buffers = '1GB'\n", kTarget) ==
          "shared_buffers = '1GB'\n"
          "# Written by Holdfast: the log is replayed up to here, then the server waits.\n"
          "# To go on as the database: SELECT pg_wal_replay_resume(); then take these lines out and set archive_mode again.\n"
          "restore_command = 'false'\n"
          "recovery_target_lsn = '0/3000148'\n"
          "recovery_target_inclusive = on\n"
          "recovery_target_timeline = '2'\n"
          "recovery_target_action = 'pause'\n"
          "hot_standby = on\narchive_mode = off\nsynchronous_standby_names = ''\n");
}

TEST_CASE("settings that would steer the recovery elsewhere are taken out", "[postgres][recovery]") {
    const std::string text = with_recovery_settings("recovery_target_time = '2026-01-01'\n  restore_command = 'cp x y'\narchive_mode = 'on'\nprimary_conninfo = 'host=a'\nwork_mem = '8MB'\n", kTarget);
    CHECK(text.find("recovery_target_time =") == std::string::npos);
    CHECK(text.find("cp x y") == std::string::npos);
    CHECK(text.find("'on'") == std::string::npos);
    CHECK(text.find("primary_conninfo") == std::string::npos);
    CHECK(text.starts_with("work_mem = '8MB'\n"));
    CHECK(with_recovery_settings(text, kTarget).find("recovery_target_lsn") == with_recovery_settings(text, kTarget).rfind("recovery_target_lsn"));
}

TEST_CASE("a data directory is made ready to recover, and follows nobody", "[postgres][recovery]") {
    const TemporaryFolder folder;
    make_private_folders(folder / "pg_wal");
    write_file_durably(folder / "standby.signal", {});
    write_recovery_settings(folder.path(), kTarget);
    CHECK(fs::exists(folder / "recovery.signal"));
    CHECK_FALSE(fs::exists(folder / "standby.signal"));
    CHECK(read_text_file(folder / "postgresql.auto.conf", 4096) == with_recovery_settings("", kTarget));
}
