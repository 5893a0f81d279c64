// A WAL database under capture, for tests: the base point, its mark, and a sink that checks everything.
#pragma once

#include "providers/databases/sqlite/log_capture.hpp"
#include "providers/databases/sqlite/sqlite_provider.hpp"
#include "tests/support/counting_writer.hpp"
#include "tests/support/log_image.hpp"
#include "tests/support/memory_image.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast {

struct CaptureFixture {
    TemporaryFolder folder;
    fs::path path = folder / "money.db";
    SystemClock clock;
    NoProgress progress;
    LogCaptureLimits limits;
    std::unique_ptr<LogCapture> capture;
    std::optional<LogImage> image;
    std::string mark;

    explicit CaptureFixture(std::uint32_t page_bytes = 4096, bool auto_vacuum = false) { CountingWriter::make(path, page_bytes, auto_vacuum); }

    Place place() const { return {.database = DatabaseName("money"), .engine = EngineKind::Sqlite, .location = path.string(), .is_copy = false}; }

    void open() { capture = capture_sqlite_log(path, clock, limits); }
    // Takes a point: what `image` begins with, and `mark`.
    void back_up() {
        MemoryImage point;
        const BackupFacts facts = SqliteProvider().back_up(place(), point, {.clock = clock, .progress = progress, .cancel = {}});
        const auto known = facts.facts.find(kLogMarkFact);
        mark = known == facts.facts.end() ? "" : known->second;
        image.emplace(point.bytes(), point.files.at("main").first.page_bytes);
    }
    CaptureResult once() {
        if (!capture) open();
        CaptureResult result = capture->once(mark, *image, {});
        note();
        return result;
    }
    void note() {
        if (!image->commits.empty()) mark = image->commits.back().mark;
        image->drop_open();
    }
    // What the image counts; nothing where it is not sound.
    std::optional<std::int64_t> count() const {
        image->write_to(folder / "captured.db");
        return CountingWriter::count_in(folder / "captured.db");
    }
};

// follow() in a thread of its own.
class Following {
public:
    explicit Following(CaptureFixture& fixture) : fixture_(fixture) {
        if (!fixture.capture) fixture.open();
        thread_ = std::jthread([this] {
            try {
                result = fixture_.capture->follow(fixture_.mark, *fixture_.image, stop_.get_token());
            } catch (const Error& error_) {
                error = error_;
            }
            ended = true;
        });
    }
    ~Following() { stop(); }
    CaptureResult stop() {
        stop_.request_stop();
        return wait();
    }
    CaptureResult wait() {
        if (thread_.joinable()) {
            thread_.join();
            fixture_.note();
        }
        return result;
    }

    CaptureResult result;
    std::optional<Error> error;
    std::atomic<bool> ended{false};

private:
    CaptureFixture& fixture_;
    std::stop_source stop_;
    std::jthread thread_;
};

}  // namespace holdfast
