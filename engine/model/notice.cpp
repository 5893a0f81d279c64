#include "engine/model/notice.hpp"

#include <array>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kLineColumnsMax = 600;

}  // namespace

std::string Trouble::key() const { return std::string(name_of(event)) + "/" + subject + "/" + part; }

std::string_view name_of(NoticeState state) {
    static constexpr std::array<std::string_view, 4> kNames{"trouble", "reminder", "over", "test"};
    return kNames.at(static_cast<std::size_t>(state));
}

std::string notice_line(const Notice& notice) {
    const Trouble& about = notice.about;
    const std::string what = about.subject.empty() ? about.message : fmt::format("{}: {}", about.subject, about.message);
    switch (notice.state) {
        case NoticeState::Trouble: return printable(fmt::format("{}: {}", name_of(about.severity), what), kLineColumnsMax);
        case NoticeState::Reminder: return printable(fmt::format("{}: still: {}", name_of(about.severity), what), kLineColumnsMax);
        case NoticeState::Over: return printable(fmt::format("over: {}", what), kLineColumnsMax);
        case NoticeState::Test: return printable(fmt::format("test: {}", what), kLineColumnsMax);
    }
    return {};
}

// In the order of notice_placeholders().
std::vector<std::pair<std::string, std::string>> fields_of(const Notice& notice, const std::string& host) {
    const Trouble& about = notice.about;
    const std::array<std::string, 9> values{std::string(name_of(about.severity)), std::string(name_of(about.event)), std::string(name_of(notice.state)),
                                            about.subject, about.message, about.fix, to_rfc3339(about.since), host, notice.id};
    std::vector<std::pair<std::string, std::string>> fields;
    for (std::size_t i = 0; i < values.size(); ++i) fields.emplace_back(notice_placeholders().at(i), values[i]);
    return fields;
}

}  // namespace holdfast
