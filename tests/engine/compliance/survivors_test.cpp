#include "engine/compliance/survivors.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/compliance/compliance_fixtures.hpp"

namespace holdfast {
namespace {

struct Case {
    std::string first_url, first_site, second_url, second_site;
    std::string survivor;    // Of a total failure; "?": nobody knows.
};

TEST_CASE("what survives a total failure depends on where each store stands", "[compliance]") {
    const std::vector<Case> cases{
        {"file:///a", "berlin", "s3://b", "frankfurt", "second"},
        {"file:///a", "berlin", "s3://b", "", "second"},
        {"file:///a", "berlin", "s3://b", "berlin", "none"},
        {"file:///a", "berlin", "file:///b", "frankfurt", "second"},
        {"file:///a", "berlin", "file:///b", "berlin", "none"},
        {"file:///a", "", "file:///b", "frankfurt", "?"},
        {"s3://a", "frankfurt", "file:///b", "berlin", "first"},
        {"s3://a", "", "s3://b", "", "first"},
    };
    for (const Case& one : cases) {
        INFO(one.first_url << " at " << one.first_site << ", " << one.second_url << " at " << one.second_site);
        Policy policy;
        policy.stores = {{.name = StoreName("first"), .url = one.first_url, .site = one.first_site, .lock = {}},
                         {.name = StoreName("second"), .url = one.second_url, .site = one.second_site, .lock = {}}};
        EnvironmentSpec environment;
        environment.copies = {StoreName("first"), StoreName("second")};
        const Survivor survivor = survivor_of(policy, environment, Disaster::TotalFailure);
        CHECK((survivor.store != nullptr ? survivor.store->name.str() : survivor.unknown ? "?" : "none") == one.survivor);
        CHECK(survivor_of(policy, environment, Disaster::Corruption).store->name == StoreName("first"));
    }
}

}  // namespace
}  // namespace holdfast
