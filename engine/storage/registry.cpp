#include "engine/storage/registry.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {

void StoreRegistry::add(std::string scheme, Open open) {
    const bool is_new = open_.emplace(std::move(scheme), std::move(open)).second;
    HOLDFAST_CHECK(is_new);
}

bool StoreRegistry::has(std::string_view url) const { return open_.contains(scheme_of(url)); }

std::unique_ptr<Store> StoreRegistry::open(const StoreSpec& spec) const {
    const std::string scheme = scheme_of(spec.url);
    const auto found = open_.find(scheme);
    if (found == open_.end()) {
        throw Error(ErrorCode::Unavailable,
                    fmt::format("store {} is at \"{}\": this build has no stores of the kind \"{}\"", spec.name.str(),
                                spec.url, scheme),
                    fmt::format("This build has: {}.", fmt::join(schemes(), ", ")));
    }
    return within(fmt::format("store {}", spec.name.str()), [&] { return found->second(spec); });
}

std::vector<std::string> StoreRegistry::schemes() const {
    std::vector<std::string> names;
    for (const auto& [scheme, open] : open_) names.push_back(scheme);
    return names;
}

std::string scheme_of(std::string_view url) {
    const std::size_t end = url.find("://");
    return end == std::string_view::npos ? std::string() : std::string(url.substr(0, end));
}

}  // namespace holdfast
