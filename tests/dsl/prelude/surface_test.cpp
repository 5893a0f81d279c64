#include "dsl/prelude/surface.hpp"

#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include "dsl/prelude/check.hpp"

using namespace holdfast;

namespace {

const std::set<std::string> kPlainTypes{"text", "integer", "boolean", "duration", "period", "place", "location", "list", "list of text", "nothing", "any"};

bool is_type(const std::string& type) { return kPlainTypes.contains(type) || language().record(type) != nullptr; }

}  // namespace

TEST_CASE("the language is consistent with itself", "[dsl][prelude]") {
    const Surface& surface = language();
    std::set<std::string> names;
    for (const std::string& name : surface.names()) CHECK(names.insert(name).second);
    for (const EffectSpec& effect : surface.effects) {
        INFO(effect.name);
        CHECK(std::ranges::count(effect.name, '.') == 1);
        CHECK(is_type(effect.result));
        CHECK_FALSE(effect.sentence.empty());
        for (const ArgumentSpec& argument : effect.arguments) {
            INFO(argument.name);
            CHECK(is_type(argument.type));
            CHECK_FALSE(argument.help.empty());
        }
        for (const std::string& named : {effect.writes_live, effect.backs_up}) {
            CHECK((named.empty() || std::ranges::find(effect.arguments, named, &ArgumentSpec::name) != effect.arguments.end()));
        }
    }
    for (const RecordSpec& record : surface.records) {
        for (const FieldSpec& field : record.fields) {
            INFO(record.type << "." << field.name);
            CHECK(is_type(field.type));
        }
    }
}

TEST_CASE("kinds have the names of the journal", "[dsl][prelude]") {
    CHECK(name_of(EffectKind::Idempotent) == "idempotent");
    CHECK(name_of(EffectKind::Once) == "once");
}
