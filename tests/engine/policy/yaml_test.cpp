#include "engine/policy/yaml.hpp"

#include <catch2/catch.hpp>

#include "engine/policy/tree.hpp"

namespace holdfast {
namespace {

struct Read {
    std::optional<TreeNode> root;
    std::vector<Finding> findings;
};
Read read_text(const std::string& text) {
    Problems problems;
    SourceTexts sources;
    sources.emplace_back("p.yaml", text);
    std::size_t nodes_left = 1000;
    Read read;
    read.root = read_yaml(sources, 0, nodes_left, problems);
    read.findings = problems.findings(sources);
    return read;
}
std::string only_id(const Read& read) { return read.findings.size() == 1 ? read.findings.front().id : std::to_string(read.findings.size()) + " findings"; }

TEST_CASE("every value knows where it stands", "[policy][yaml]") {
    const Read read = read_text("version: 1\nstores:\n  local: { url: 'file:x' }\n");
    REQUIRE(read.root);
    const TreeNode* url = read.root->find(std::vector<std::string>{"stores", "local", "url"});
    REQUIRE(url != nullptr);
    CHECK(url->text == "file:x");
    CHECK(url->quoted);
    CHECK(url->place.line == 3);
    CHECK(url->place.column == 17);
    CHECK_FALSE(read.root->find("version")->quoted);
}

TEST_CASE("items of a list are found by their index", "[policy][yaml]") {
    const Read read = read_text("a: [x, y]\n");
    REQUIRE(read.root);
    CHECK(read.root->find(std::vector<std::string>{"a", "1"})->text == "y");
    CHECK(read.root->find(std::vector<std::string>{"a", "2"}) == nullptr);
    CHECK(read.root->find(std::vector<std::string>{"a", "b"}) == nullptr);
}

TEST_CASE("scalars stay as they are written", "[policy][yaml]") {
    const Read read = read_text("a: no\nb: 010\nc: 1e3\nd: ~\ne:\nf: '~'\n");
    REQUIRE(read.root);
    CHECK(read.root->find("a")->text == "no");
    CHECK(read.root->find("b")->text == "010");
    CHECK(read.root->find("c")->text == "1e3");
    CHECK(read.root->find("d")->kind == TreeNode::Kind::Nothing);
    CHECK(read.root->find("e")->kind == TreeNode::Kind::Nothing);
    CHECK(read.root->find("f")->text == "~");
}

TEST_CASE("a key that stands twice is a problem that names the first", "[policy][yaml]") {
    const Read read = read_text("a: 1\nb: {c: 1, c: 2}\na: 2\n");
    REQUIRE(read.findings.size() == 2);
    CHECK(read.findings[0].id == "duplicate-key");
    CHECK(read.findings[0].place == SourcePlace{"p.yaml", 2, 11, "b: {c: 1, c: 2}"});
    CHECK(read.findings[1].message == "`a` stands here for the second time; the first is in line 1");
    CHECK(read.root->find("a")->text == "1");
}

TEST_CASE("a text that is not YAML is a problem with its place", "[policy][yaml]") {
    const Read read = read_text("a: [1, 2\nb: 3\n");
    CHECK(only_id(read) == "not-yaml");
    CHECK_FALSE(read.root);
    CHECK(only_id(read_text("a:\n\tb: 1\n")) == "not-yaml");
    CHECK(read_text("a:\n\tb: 1\n").findings.front().fix == "Indent with spaces; YAML forbids tabs.");
}

TEST_CASE("anchors and tags and further documents are refused", "[policy][yaml]") {
    CHECK(only_id(read_text("a: &x 1\n")) == "hostile-yaml");
    CHECK(only_id(read_text("a: *x\n")) != "0 findings");
    CHECK(only_id(read_text("a: !secret x\n")) == "hostile-yaml");
    CHECK(only_id(read_text("a: 1\n---\nb: 2\n")) == "hostile-yaml");
    CHECK(only_id(read_text("? {a: b}\n: c\n")) == "hostile-yaml");
}

TEST_CASE("the number of values is limited over all files", "[policy][yaml]") {
    Problems problems;
    SourceTexts sources;
    sources.emplace_back("p.yaml", "[a, b, c, d, e]");
    std::size_t nodes_left = 4;
    CHECK_FALSE(read_yaml(sources, 0, nodes_left, problems));
    CHECK(problems.has("hostile-yaml"));
}

TEST_CASE("an empty text is a tree of nothing", "[policy][yaml]") {
    const Read read = read_text("# only a comment\n");
    REQUIRE(read.root);
    CHECK(read.root->kind == TreeNode::Kind::Nothing);
    CHECK(read.findings.empty());
}

}  // namespace
}  // namespace holdfast
