#include "dsl/load/tokens.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace holdfast {
namespace {

const std::set<std::string_view> kKeywords{"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
                                           "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while"};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    std::vector<LuaToken> read() {
        while (at_ < text_.size()) {
            if (std::isspace(static_cast<unsigned char>(text_[at_])) != 0) skip(1);
            else if (starts("--")) skip_comment();
            else if (text_[at_] == '[' && long_bracket() > 0) add(LuaToken::Kind::Literal, long_bracket());
            else if (text_[at_] == '"' || text_[at_] == '\'') add(LuaToken::Kind::Literal, quoted());
            else if (std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) add(LuaToken::Kind::Literal, word(true));
            else if (is_word(text_[at_])) add_word();
            else add_symbol();
        }
        return std::move(tokens_);
    }

private:
    bool starts(std::string_view with) const { return text_.substr(at_).starts_with(with); }

    void skip(std::size_t size) {
        for (std::size_t end = std::min(at_ + size, text_.size()); at_ < end; ++at_) {
            if (text_[at_] == '\n') {
                ++line_;
                line_start_ = at_ + 1;
            }
        }
    }

    void add(LuaToken::Kind kind, std::size_t size) {
        tokens_.push_back({kind, std::string(text_.substr(at_, size)), line_, static_cast<int>(at_ - line_start_) + 1});
        skip(size);
    }

    // The whole size of "[==[ … ]==]" here; 0 where there is none.
    std::size_t long_bracket() const {
        std::size_t level = 0;
        while (at_ + 1 + level < text_.size() && text_[at_ + 1 + level] == '=') ++level;
        if (at_ + 1 + level >= text_.size() || text_[at_ + 1 + level] != '[') return 0;
        const std::string close = "]" + std::string(level, '=') + "]";
        const std::size_t end = text_.find(close, at_ + level + 2);
        return end == std::string_view::npos ? text_.size() - at_ : end + close.size() - at_;
    }

    void skip_comment() {
        skip(2);
        if (at_ < text_.size() && text_[at_] == '[') {
            if (const std::size_t size = long_bracket(); size > 0) return skip(size);
        }
        const std::size_t end = text_.find('\n', at_);
        skip(end == std::string_view::npos ? text_.size() - at_ : end - at_);
    }

    std::size_t quoted() const {
        const char quote = text_[at_];
        std::size_t end = at_ + 1;
        while (end < text_.size() && text_[end] != quote && text_[end] != '\n') end += text_[end] == '\\' ? 2u : 1u;
        return std::min(end + 1, text_.size()) - at_;
    }

    std::size_t word(bool number) const {
        std::size_t end = at_;
        while (end < text_.size() && (is_word(text_[end]) || (number && text_[end] == '.' && !text_.substr(end).starts_with("..")))) ++end;
        return end - at_;
    }

    void add_word() {
        const std::size_t size = word(false);
        add(kKeywords.contains(text_.substr(at_, size)) ? LuaToken::Kind::Keyword : LuaToken::Kind::Name, size);
    }

    void add_symbol() {
        for (std::string_view symbol : {"...", "..", "==", "~=", "<=", ">=", "::", "//", "<<", ">>"}) {
            if (starts(symbol)) return add(LuaToken::Kind::Symbol, symbol.size());
        }
        add(LuaToken::Kind::Symbol, 1);
    }

    std::string_view text_;
    std::size_t at_ = 0, line_start_ = 0;
    int line_ = 1;
    std::vector<LuaToken> tokens_;
};

class Names {
public:
    explicit Names(const std::vector<LuaToken>& tokens) : tokens_(tokens) {}

    const std::string& text(std::size_t at) const {
        static const std::string kNone;
        return at < tokens_.size() ? tokens_[at].text : kNone;
    }
    bool is_name(std::size_t at) const { return at < tokens_.size() && tokens_[at].kind == LuaToken::Kind::Name; }
    bool is_free(std::size_t at) const {
        if (!is_name(at)) return false;
        if (at == 0) return true;
        const std::string& before = text(at - 1);
        if (before == "." || before == ":" || before == "goto" || before == "::") return false;
        if (before == "<" && text(at + 1) == ">" && (text(at) == "const" || text(at) == "close")) return false;
        return !(text(at + 1) == "=" && (before == "{" || before == "," || before == ";") && is_key(at));
    }

    // Names that the text binds: after `local`, `for`, in parameter lists and as `function name`.
    std::set<std::string> bound() const {
        std::set<std::string> names;
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            if (tokens_[i].kind != LuaToken::Kind::Keyword) continue;
            if (text(i) == "local" || text(i) == "for") take_list(i + 1, names);
            if (text(i) != "function") continue;
            std::size_t at = i + 1;
            if (is_name(at)) names.insert(text(at++));
            while (at < tokens_.size() && text(at) != "(") ++at;
            take_list(at + 1, names);
        }
        return names;
    }

private:
    // In a table constructor `a = 1, b = 2` the b is a key; in a statement `local a, b = 1, 2` it is not. The
    // innermost open bracket tells.
    bool is_key(std::size_t at) const {
        int depth = 0;
        while (at-- > 0) {
            const std::string& symbol = text(at);
            if (symbol == "}" || symbol == ")" || symbol == "]") ++depth;
            if (symbol == "(" || symbol == "[") --depth;
            if (symbol == "{" && --depth < 0) return true;
            if (depth < 0) return false;
        }
        return false;
    }

    void take_list(std::size_t at, std::set<std::string>& names) const {
        while (is_name(at)) {
            names.insert(text(at++));
            if (text(at) == "<") at += 3;   // local a <const>
            if (text(at) != ",") return;
            ++at;
        }
    }

    const std::vector<LuaToken>& tokens_;
};

}  // namespace

std::vector<LuaToken> lua_tokens(std::string_view text) { return Reader(text).read(); }

std::vector<UnknownName> unknown_names(const std::vector<LuaToken>& tokens, const std::vector<std::string>& known) {
    const Names names(tokens);
    const std::set<std::string> bound = names.bound();
    std::set<std::string> whole(known.begin(), known.end()), spaces;
    for (const std::string& name : known) {
        if (const auto dot = name.find('.'); dot != std::string::npos) spaces.insert(name.substr(0, dot));
    }
    std::vector<UnknownName> unknown;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (!names.is_free(i) || bound.contains(tokens[i].text)) continue;
        const std::string& name = tokens[i].text;
        if (spaces.contains(name)) {
            if (names.text(i + 1) != "." || !names.is_name(i + 2) || whole.contains(name + "." + names.text(i + 2))) continue;
            unknown.push_back({name + "." + names.text(i + 2), tokens[i].line, tokens[i].column});
        } else if (!whole.contains(name)) {
            unknown.push_back({name, tokens[i].line, tokens[i].column});
        }
    }
    return unknown;
}

std::vector<UnknownName> uses_of(const std::vector<LuaToken>& tokens, const std::string& name) {
    const Names names(tokens);
    const std::set<std::string> bound = names.bound();
    const std::size_t dot = name.find('.');
    std::vector<UnknownName> uses;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (!names.is_free(i) || tokens[i].text != name.substr(0, dot) || bound.contains(tokens[i].text)) continue;
        if (dot == std::string::npos || (names.text(i + 1) == "." && names.text(i + 2) == name.substr(dot + 1))) {
            uses.push_back({name, tokens[i].line, tokens[i].column});
        }
    }
    return uses;
}

}  // namespace holdfast
