// Which kinds of store this build has: URL scheme → how to open one. Filled by engine/app.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/model/policy.hpp"
#include "engine/storage/store.hpp"

namespace holdfast {

class StoreRegistry {
public:
    using Open = std::function<std::unique_ptr<Store>(const StoreSpec&)>;
    void add(std::string scheme, Open open);
    bool has(std::string_view url) const;
    // Throws Error{Unavailable} that names the scheme and those this build has.
    std::unique_ptr<Store> open(const StoreSpec& spec) const;
    std::vector<std::string> schemes() const;

private:
    std::map<std::string, Open, std::less<>> open_;
};

// "s3" of "s3://bucket/x"; empty where there is none.
std::string scheme_of(std::string_view url);

}  // namespace holdfast
