#include "providers/databases/postgres/backup_facts.hpp"

#include <algorithm>
#include <charconv>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kTextBytesMax = 1ULL << 30;

class TextBytes final : public ByteSource {
public:
    explicit TextBytes(std::string_view text) : left_(text) {}
    std::size_t read(std::span<std::byte> out) override {
        const std::size_t size = std::min(out.size(), left_.size());
        std::ranges::copy(as_bytes(left_.substr(0, size)), out.begin());
        left_.remove_prefix(size);
        return size;
    }

private:
    std::string_view left_;
};

const ImageFile* find_in(const ImageBase& base, const std::string& name) {
    const auto& files = base.files();
    const auto found = std::ranges::find(files, name, &ImageFile::name);
    return found == files.end() ? nullptr : &*found;
}

std::optional<std::uint32_t> number_in(const std::string& text) {
    std::uint32_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    return fault == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

}  // namespace

void add_places(std::map<std::string, std::string>& facts, const BackupPlaces& places) {
    facts[kStartLsnFact] = to_text(places.start);
    facts[kStopLsnFact] = to_text(places.stop);
    facts[kStartTimelineFact] = std::to_string(places.start_timeline);
    facts[kStopTimelineFact] = std::to_string(places.stop_timeline);
}

std::optional<BackupPlaces> places_of(const std::map<std::string, std::string>& facts) {
    const auto text = [&](const char* name) {
        const auto found = facts.find(name);
        return found == facts.end() ? std::string() : found->second;
    };
    const auto start = parse_lsn(text(kStartLsnFact)), stop = parse_lsn(text(kStopLsnFact));
    const auto begins_on = number_in(text(kStartTimelineFact)), ends_on = number_in(text(kStopTimelineFact));
    if (!start || !stop || !begins_on || !ends_on) return std::nullopt;
    return BackupPlaces{*start, *begins_on, *stop, *ends_on};
}

std::string label_of_whole(std::string_view label) {
    std::string whole;
    for (const std::string& line : split(label, '\n')) {
        if (!line.empty() && !line.starts_with("INCREMENTAL FROM ")) whole += line + "\n";
    }
    return whole;
}

void add_text(ImageSink& sink, const std::string& name, std::string_view text) {
    TextBytes bytes(text);
    sink.add_bytes({.name = name, .page_bytes = 0, .bytes = text.size(), .mode = 0600}, bytes);
}

std::optional<std::string> text_of_base_file(ImageBase& base, const std::string& name) {
    const ImageFile* file = find_in(base, name);
    if (file == nullptr || file->page_bytes != 0 || file->bytes > kTextBytesMax) return std::nullopt;
    std::string text(static_cast<std::size_t>(file->bytes), '\0');
    base.read_at(name, 0, std::as_writable_bytes(std::span(text)));
    return text;
}

std::uint64_t pages_in_base(const ImageBase& base, const ImageFile& file) {
    const ImageFile* before = find_in(base, file.name);
    if (before != nullptr && before->page_bytes == file.page_bytes) return before->bytes / file.page_bytes;
    throw Error(ErrorCode::Corrupt, fmt::format("the server sent changes of {}, which the backup before does not have", printable(file.name)),
                "Take a full backup.");
}

}  // namespace holdfast
