#include "engine/policy/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <istream>
#include <set>
#include <streambuf>
#include <unordered_set>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

// Leaves yaml-cpp as soon as a text is known to be refused; the problem has been noted before.
struct Refused {};

// Reads from memory without a copy.
class MemoryBuffer final : public std::streambuf {
public:
    explicit MemoryBuffer(const std::string& text) {
        char* begin = const_cast<char*>(text.data());   // The stream only reads; streambuf's interface has no const.
        setg(begin, begin, begin + text.size());
    }
};

class TreeBuilder final : public YAML::EventHandler {
public:
    TreeBuilder(std::int32_t file, std::size_t& nodes_left, Problems& problems)
        : file_(file), nodes_left_(nodes_left), problems_(problems) {}

    TreeNode take_root() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) refuse(place_of(mark), "a second document begins here (`---`)", "Put it into a file of its own: all files of the folder are read as one.");
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        check_node(mark, "?", anchor);
        // An absent value has no place of its own: the parser names wherever it noticed.
        put({.kind = TreeNode::Kind::Nothing, .quoted = false, .place = key_or(place_of(mark)), .text = {}, .entries = {}});
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse_anchor(place_of(mark)); }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
        check_node(mark, tag, anchor);
        const bool quoted = tag == "!";
        const bool nothing = !quoted && (value == "~" || value == "null" || value == "Null" || value == "NULL");
        put({.kind = nothing ? TreeNode::Kind::Nothing : TreeNode::Kind::Scalar, .quoted = quoted, .place = place_of(mark), .text = value, .entries = {}});
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, TreeNode::Kind::List);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, TreeNode::Kind::Map);
    }
    void OnMapEnd() override { close(); }

private:
    struct Level {
        TreeNode node;
        std::optional<TreeEntry> pending;                  // A key that waits for its value.
        std::unordered_set<std::string> keys;
        bool duplicate = false;                            // The pending entry is dropped when its value has come.
    };

    TextPlace place_of(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }
    TextPlace key_or(TextPlace place) const {
        return !levels_.empty() && levels_.back().pending ? levels_.back().pending->key_place : place;
    }

    [[noreturn]] void refuse(TextPlace at, std::string message, std::string fix) {
        problems_.add(at, {.id = "hostile-yaml", .message = std::move(message), .fix = std::move(fix)});
        throw Refused();
    }
    [[noreturn]] void refuse_anchor(TextPlace at) {
        refuse(at, "anchors and aliases (`&` and `*`) are not part of the policy language",
               "Write the value out, or let one policy extend another; a text that begins with one of them needs quotes.");
    }

    void check_node(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        if (anchor != 0) refuse_anchor(place_of(mark));
        if (!tag.empty() && tag != "?" && tag != "!") {
            refuse(place_of(mark), "tags (`!`) are not part of the policy language", "Remove the tag; a text that begins with `!` needs quotes.");
        }
        if (nodes_left_ == 0) refuse(place_of(mark), fmt::format("the folder holds more than {} values", format_count(kPolicyNodesMax)), "Keep only policies in this folder.");
        --nodes_left_;
    }

    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, TreeNode::Kind kind) {
        check_node(mark, tag, anchor);
        if (levels_.size() >= kPolicyDepthMax) {
            refuse(place_of(mark), fmt::format("values are nested more than {} deep", kPolicyDepthMax), "No policy needs that: look for a bracket that is never closed.");
        }
        if (!levels_.empty() && levels_.back().node.is_map() && !levels_.back().pending) {
            refuse(place_of(mark), "a key is a list or a map", "Keys are plain words.");
        }
        Level level;
        level.node.kind = kind;
        level.node.place = place_of(mark);
        levels_.push_back(std::move(level));
    }

    void close() {
        TreeNode done = std::move(levels_.back().node);
        levels_.pop_back();
        put(std::move(done));
    }

    void put(TreeNode node) {
        if (levels_.empty()) {
            root_ = std::move(node);
            return;
        }
        Level& level = levels_.back();
        if (level.node.is_list()) {
            level.node.entries.push_back({{}, node.place, std::move(node)});
        } else if (!level.pending) {
            begin_entry(level, std::move(node));
        } else {
            level.pending->value = std::move(node);
            if (!level.duplicate) level.node.entries.push_back(std::move(*level.pending));
            level.pending.reset();
        }
    }

    void begin_entry(Level& level, TreeNode key) {
        if (key.kind == TreeNode::Kind::Nothing) refuse(key.place, "a key is missing", "Write the key before the colon, in quotes if it is `~` or `null`.");
        level.duplicate = !level.keys.insert(key.text).second;
        if (level.duplicate) {
            const auto first = std::ranges::find(level.node.entries, key.text, &TreeEntry::key);
            problems_.add(key.place, {.id = "duplicate-key",
                                      .message = fmt::format("`{}` stands here for the second time; the first is in line {}", printable(key.text, 100), first->key_place.line),
                                      .fix = "Remove one of them, or join the two."});
        }
        level.pending = TreeEntry{std::move(key.text), key.place, {}};
    }

    std::int32_t file_;
    std::size_t& nodes_left_;
    Problems& problems_;
    std::vector<Level> levels_;
    TreeNode root_;
    int documents_ = 0;
};

std::string advice_for(const std::string& complaint, std::string_view line) {
    const std::string_view indent = line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
    if (indent.find('\t') != std::string_view::npos) return "Indent with spaces; YAML forbids tabs.";
    if (complaint.find("map") != std::string::npos) return "Check the indentation, the blank after each colon, and quotes around texts that hold `: ` or begin with a sign.";
    return "Check the indentation, brackets and quotes here and in the lines before.";
}

}  // namespace

std::optional<TreeNode> read_yaml(const SourceTexts& sources, std::int32_t file, std::size_t& nodes_left, Problems& problems) {
    MemoryBuffer buffer(sources.at(static_cast<std::size_t>(file)).text());
    std::istream stream(&buffer);
    TreeBuilder builder(file, nodes_left, problems);
    try {
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {}
        return builder.take_root();
    } catch (const Refused&) {   // Noted where it was thrown.
        return std::nullopt;
    } catch (const YAML::Exception& fault) {   // yaml-cpp's own type ends here: a text that is not YAML is a finding.
        const TextPlace at = fault.mark.is_null() ? TextPlace{file, 0, 0} : TextPlace{file, fault.mark.line + 1, fault.mark.column + 1};
        problems.add(at, {.id = "not-yaml", .message = fmt::format("this is not YAML: {}", printable(fault.msg)), .fix = advice_for(fault.msg, sources.at(static_cast<std::size_t>(file)).line(at.line))});
        return std::nullopt;
    }
}

}  // namespace holdfast
