// Holds every include against tests/tidy/layers.txt.
#include <iterator>
#include <set>
#include <sstream>

#include "tests/support/source_tree.hpp"
#include "tests/tidy/complaints.hpp"

using namespace holdfast;

namespace {

struct Layer {
    std::string folder;
    std::vector<std::string> may_include;
    std::vector<std::string> wraps;
};

std::vector<std::string> words_of(const std::string& text) {
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), {}};
}

std::vector<Layer> read_layers() {
    const SourceFile table = read_sources({"tests/tidy"}, {"layers.txt"}).at(0);
    std::vector<Layer> layers;
    for (const std::string& line : lines_of(table.text)) {
        if (line.empty() || line.starts_with('#')) continue;
        const std::size_t first = line.find(" :");
        const std::size_t second = line.find(" :", first + 2);
        REQUIRE(second != std::string::npos);
        layers.push_back({.folder = words_of(line.substr(0, first)).at(0),
                          .may_include = words_of(line.substr(first + 2, second - first - 2)),
                          .wraps = words_of(line.substr(second + 2))});
    }
    return layers;
}

bool holds(const std::vector<std::string>& words, const std::string& word) {
    return std::ranges::find(words, word) != words.end();
}

bool wraps(const Layer& layer, const std::string& header) {
    return std::ranges::any_of(layer.wraps, [&](const std::string& begin) { return header.starts_with(begin); });
}

// Headers of the C++ standard library have no ending and no folder.
bool is_free_header(const std::string& header) {
    static const std::set<std::string> kPosix{
        "dirent.h", "dlfcn.h", "errno.h", "fcntl.h", "glob.h", "grp.h", "langinfo.h", "locale.h", "netdb.h", "poll.h",
        "pthread.h", "pwd.h", "sched.h", "signal.h", "spawn.h", "termios.h", "time.h", "unistd.h", "wordexp.h"};
    const bool is_standard = header.find_first_of("./") == std::string::npos;
    return is_standard || header.starts_with("sys/") || header.starts_with("linux/") || kPosix.contains(header);
}

class LayerRules {
public:
    explicit LayerRules(std::vector<Layer> layers) : layers_(std::move(layers)) {}

    // The layer of a folder: the row of its own name, or of the tests.
    const Layer* layer_of(const std::string& folder) const {
        const std::string name = folder == "tests" || folder.starts_with("tests/") ? "tests" : folder;
        const auto found = std::ranges::find(layers_, name, &Layer::folder);
        return found == layers_.end() ? nullptr : &*found;
    }

    void check(const SourceFile& file, Complaints& complaints) const {
        const Layer* layer = layer_of(file.folder());
        if (layer == nullptr) {
            complaints.add(file.path, 1, "folder " + file.folder() + " has no row in tests/tidy/layers.txt; give it one, or move the file");
            return;
        }
        for (const Include& include : includes_of(file)) {
            const std::string why = include.quoted ? own_fault(*layer, file, include.name) : foreign_fault(*layer, file, include.name);
            if (!why.empty()) complaints.add(file.path, include.line, why);
        }
    }

private:
    std::string own_fault(const Layer& layer, const SourceFile& file, const std::string& name) const {
        const std::string folder = std::filesystem::path(name).parent_path().string();
        if (!std::filesystem::exists(project_folder() / name)) {
            return "\"" + name + "\" is no file of this project; write the path from its top";
        }
        const bool is_open = folder == file.folder() || folder == "engine/base" ||
                             (folder == "engine/model" && layer.folder != "engine/base") || holds(layer.may_include, folder) ||
                             (holds(layer.may_include, "*") && (layer.folder == "tests" || !folder.starts_with("tests")));
        if (is_open) return {};
        return layer.folder + " may not include " + folder + "; pass a value in from above, or move what is shared down (allowed: " +
               allowed(layer) + ")";
    }

    std::string foreign_fault(const Layer& layer, const SourceFile& file, const std::string& name) const {
        if (is_free_header(name) || wraps(layer, name)) return {};
        // A test may look at what its original wraps.
        if (layer.folder == "tests" && file.folder().size() > 6) {
            const Layer* original = layer_of(file.folder().substr(6));
            if (original != nullptr && wraps(*original, name)) return {};
        }
        for (const Layer& other : layers_) {
            if (wraps(other, name)) return "<" + name + "> is wrapped by " + other.folder + "; include its headers instead";
        }
        return "<" + name + "> is nobody's; wrap it in one folder and name that in tests/tidy/layers.txt";
    }

    static std::string allowed(const Layer& layer) {
        std::string text = "engine/base engine/model";
        for (const std::string& folder : layer.may_include) text += " " + folder;
        return text;
    }

    std::vector<Layer> layers_;
};

std::vector<std::string> complaints_about(const std::string& path, const std::string& text) {
    Complaints complaints;
    LayerRules(read_layers()).check({.path = path, .text = text, .code = {}}, complaints);
    return complaints.lines();
}

}  // namespace

TEST_CASE("every include keeps to the layers and the wrappers", "[tidy][layers]") {
    const LayerRules rules(read_layers());
    Complaints complaints;
    for (const SourceFile& file : cpp_sources()) rules.check(file, complaints);
    complaints.report();
    CHECK(cpp_sources().size() > 100);
}

TEST_CASE("the layer check sees what breaks it", "[tidy][layers]") {
    CHECK(complaints_about("engine/plan/x.cpp", "#include \"engine/schedule/cron.hpp\"\n#include <vector>\n#include <sys/stat.h>\n").empty());
    CHECK(complaints_about("engine/plan/x.cpp", "#include \"engine/catalog/catalog.hpp\"\n").size() == 1);
    CHECK(complaints_about("engine/base/x.cpp", "#include \"engine/model/ids.hpp\"\n").size() == 1);
    CHECK(complaints_about("engine/plan/x.cpp", "#include <sqlite3.h>\n") ==
          std::vector<std::string>{"engine/plan/x.cpp:1: <sqlite3.h> is wrapped by engine/sqlite; include its headers instead"});
    CHECK(complaints_about("engine/plan/x.cpp", "#include <boost/any.hpp>\n").size() == 1);
    CHECK(complaints_about("engine/plan/x.cpp", "#include \"x.hpp\"\n").size() == 1);
    CHECK(complaints_about("engine/plan/x.cpp", "#include \"tests/support/manual_clock.hpp\"\n").size() == 1);
    CHECK(complaints_about("engine/app/x.cpp", "#include \"tests/support/manual_clock.hpp\"\n").size() == 1);
    CHECK(complaints_about("engine/nowhere/x.cpp", "").size() == 1);
    CHECK(complaints_about("tests/engine/crypto/x_test.cpp", "#include <openssl/evp.h>\n#include <catch2/catch.hpp>\n").empty());
    CHECK(complaints_about("tests/engine/plan/x_test.cpp", "#include <openssl/evp.h>\n").size() == 1);
}
