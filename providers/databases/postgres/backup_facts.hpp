// What all ways of taking a physical backup write down alike: where in the server's log it begins and ends, and the small
// files of the image that are made here.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/provider/image.hpp"
#include "engine/model/lsn.hpp"

namespace holdfast {

// Names of facts (BackupFacts::facts).
inline constexpr const char* kStartLsnFact = "start lsn";             // Replay begins here,
inline constexpr const char* kStopLsnFact = "stop lsn";               // and the state is consistent from here on.
inline constexpr const char* kStartTimelineFact = "timeline";
inline constexpr const char* kStopTimelineFact = "stop timeline";
inline constexpr const char* kTakenByFact = "taken by";

struct BackupPlaces {
    Lsn start;
    std::uint32_t start_timeline = 0;
    Lsn stop;
    std::uint32_t stop_timeline = 0;
};
void add_places(std::map<std::string, std::string>& facts, const BackupPlaces& places);
// Nothing: the point was not taken of a PostgreSQL server, or its facts are damaged.
std::optional<BackupPlaces> places_of(const std::map<std::string, std::string>& facts);

// A backup label without the lines that name what an incremental backup builds on.
std::string label_of_whole(std::string_view label);

void add_text(ImageSink& sink, const std::string& name, std::string_view text);
// Nothing: the base has no such stream, or it is too large to be one of ours.
std::optional<std::string> text_of_base_file(ImageBase& base, const std::string& name);
// Throws Error{Corrupt} where the base does not have the file with the same size of pages.
std::uint64_t pages_in_base(const ImageBase& base, const ImageFile& file);

}  // namespace holdfast
