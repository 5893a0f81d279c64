// One repository in one store: deduplicated, compressed, sealed, and complete without anything else
// (but a key). FORMAT.md beside this file specifies every byte.
//
// What it promises: a point that is listed can be restored bit for bit, or verify() says which bytes
// are gone; a process killed anywhere leaves it as before or complete; two processes on two machines
// can write, expire and collect at the same time.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/cancel.hpp"
#include "engine/base/clock.hpp"
#include "engine/base/file.hpp"
#include "engine/base/progress.hpp"
#include "engine/base/secret.hpp"
#include "engine/model/recovery_point.hpp"
#include "engine/storage/store.hpp"

namespace holdfast {

// How the master key is given. A key is 32 bytes as 64 hex digits or base64; anything else is a passphrase (scrypt).
struct MasterKey {
    Secret text;
};

struct RepositoryOptions {
    const Clock* clock = nullptr;
    fs::path cache;                 // Folder for derived, sealed data (page fingerprints); may be lost at any time.
    unsigned workers = 0;           // 0: one per core.
    bool use_aes = true;            // `encryption: none`: nothing is sealed, identities stay keyed.
};

// One file of a point.
struct PointFile {
    std::string name;
    std::uint32_t page_bytes = 0;   // 0: a stream.
    std::uint64_t bytes = 0;
    std::uint32_t mode = 0600;
};

// What a point is, without its map.
struct PointManifest {
    RecoveryPoint point;                         // copies is empty here.
    std::string identity;                        // Of the database (ProbeResult::identity).
    std::map<std::string, std::string> facts;    // The provider's.
    std::optional<PointId> base;
    std::vector<PointFile> files;
};

class ImageWriter;   // image_writer.hpp: takes one backup.
class ImageReader;   // image_reader.hpp: reads one point.
class LogWriter;     // log.hpp: adds transactions to a stream.
struct LogStreamFacts;
struct LogTransaction;
struct LogPosition;
struct CompactRequest;
struct CompactReport;

// What is wrong with some bytes of the repository, and whom it touches.
struct Damage {
    std::string object;                    // "packs/3f…"
    std::uint64_t offset = 0, bytes = 0;   // In the object.
    std::string what;
    // Which part of which file of which point: "orders 01j… main bytes 4096-8191".
    struct Touched { PointId point; DatabaseName database; std::string file; std::uint64_t offset = 0, bytes = 0; };
    std::vector<Touched> touches;
};
struct VerifyReport {
    std::vector<Damage> damage;
    std::uint64_t packs = 0, chunks = 0, bytes = 0;
    std::vector<PointId> sound, damaged;
    bool ok() const { return damage.empty(); }
};

struct KeyFacts {
    std::string id;
    std::string kind;           // "key", "passphrase", "none" (`encryption: none`), or "damaged": it opens nothing.
    Instant created;
    std::string comment;
    bool opened_this = false;   // The one this process used.
};

struct CollectReport {
    std::uint64_t packs_marked = 0, packs_removed = 0, packs_repacked = 0, leftovers_removed = 0;
    std::uint64_t bytes_freed = 0;
};

class Repository {
public:
    // Makes a new one in an empty store. Throws AlreadyExists.
    static std::unique_ptr<Repository> create(Store& store, const MasterKey& key, const RepositoryOptions& options);
    // Throws Missing (no repository there), WrongKey, Corrupt, or Unavailable (a newer format).
    static std::unique_ptr<Repository> open(Store& store, const MasterKey& key, const RepositoryOptions& options);
    static bool exists(Store& store);
    virtual ~Repository() = default;

    virtual std::string id() const = 0;

    // ---- writing one backup ----
    // `base` (optional) is what is compared against; nothing of it is needed to restore the new point.
    virtual std::unique_ptr<ImageWriter> begin_image(const DatabaseName& database, const CompressionSpec& compression,
                                                     std::optional<PointId> base, Progress& progress, CancelToken cancel) = 0;

    // ---- points ----
    // Both with what was decided about a point since it was taken (set_pin).
    virtual std::vector<PointManifest> points(const std::optional<DatabaseName>& database) = 0;
    virtual PointManifest point(const DatabaseName& database, const PointId& id) = 0;     // Throws Missing.
    virtual std::unique_ptr<ImageReader> read_image(const DatabaseName& database, const PointId& id) = 0;
    // What was decided about the point since it was taken; nothing where nothing was. One that is damaged counts as pinned.
    virtual std::optional<Pin> pin(const DatabaseName& database, const PointId& id) = 0;
    // Outlives every catalog, and is seen by all who use this repository. Throws Missing where the point is not there (any more).
    virtual void set_pin(const DatabaseName& database, const PointId& id, const Pin& pin) = 0;
    // Removes the point's object and its pin; its chunks go with the next collect(). False where it was not there.
    virtual bool forget(const DatabaseName& database, const PointId& id) = 0;

    // ---- log streams (log.hpp) ----
    // A new stream that follows `base`, which must have one file of pages.
    virtual std::unique_ptr<LogWriter> begin_log(const DatabaseName& database, const PointId& base) = 0;
    // Goes on behind the last transaction of a stream. Throws Missing, or Corrupt where it has a hole.
    virtual std::unique_ptr<LogWriter> continue_log(const DatabaseName& database, const LogStreamId& stream) = 0;
    virtual std::vector<LogStreamFacts> log_streams(const DatabaseName& database) = 0;                       // Oldest first, by `from`.
    // The time of the newest transaction in any of its streams, from one piece of each; nothing where there is no log.
    virtual std::optional<Instant> newest_in_logs(const DatabaseName& database) = 0;
    // Calls `visit` for transactions first … last in order, until it returns false. `with_pages` fills LogTransaction::pages.
    virtual void read_log(const DatabaseName& database, const LogStreamId& stream, std::uint64_t first, std::uint64_t last, bool with_pages,
                          const std::function<bool(const LogTransaction&)>& visit) = 0;
    // A point with the log laid over it, up to and with that transaction (0: the stream's base alone). `point` is the stream's
    // base, or another point of the same database identity whose `instant` is not after that transaction's `not_before`: its
    // snapshot may hold transactions of the stream already (those that ended before it was started surely), and laying the last
    // version of a page over it again changes nothing.
    virtual std::unique_ptr<ImageReader> read_image_at(const DatabaseName& database, const PointId& point, const LogPosition& until) = 0;
    // Merges small pieces into larger ones: merged ones durable and read back first, then the small ones go.
    virtual CompactReport compact_log(const DatabaseName& database, const LogStreamId& stream, const CompactRequest& request, Progress& progress,
                                      CancelToken cancel) = 0;
    // Removes a whole stream, newest piece first, so that what is left never looks whole and is not.
    virtual bool forget_log(const DatabaseName& database, const LogStreamId& stream) = 0;
    // Copies what `to` lacks of a stream, oldest first. Requires: `to` has the base point. Returns the bytes stored.
    virtual std::uint64_t copy_log(const DatabaseName& database, const LogStreamId& stream, Repository& to, Progress& progress, CancelToken cancel) = 0;

    // ---- care ----
    // Reads every byte that the given points (all, when empty) need. sample: 0 < share <= 1 of the packs.
    virtual VerifyReport verify(const std::vector<PointId>& points, double sample, Progress& progress, CancelToken cancel) = 0;
    // Reads back only what this point added to the store (its packs, index and map): the check right after a backup.
    // Here it reads everything the point needs; an implementation that knows what was added reads just that.
    virtual VerifyReport verify_added(const PointId& point, Progress& progress, CancelToken cancel) {
        return verify({point}, 1.0, progress, cancel);
    }
    // Marks packs that nothing needs, removes those marked longer than `grace` ago that still nothing needs, repacks
    // those of which less than `repack_below` (0…1) is needed. Safe beside running backups elsewhere.
    virtual CollectReport collect(Duration grace, double repack_below, Progress& progress, CancelToken cancel) = 0;
    virtual std::uint64_t stored_bytes() = 0;

    // ---- keys ----
    virtual std::vector<KeyFacts> keys() = 0;
    virtual std::string add_key(const MasterKey& key, const std::string& comment) = 0;       // Returns its id.
    // Adds `key`, checks that it opens everything, then removes the key this process used.
    virtual std::string rotate_key(const MasterKey& key, const std::string& comment) = 0;
    virtual void remove_key(const std::string& id) = 0;                                      // Refuses the last one.
    // Destroys one database's data key: its points can never be read again, by anyone. Other databases keep what they share.
    virtual void destroy_database_key(const DatabaseName& database) = 0;
};

}  // namespace holdfast
