#include "engine/job/image_bridge.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

namespace {

// Writes down what reaches the repository's side.
class RecordingWriter final : public ImageWriter {
public:
    std::vector<std::string> calls;
    Bytes seen;

    bool has_base() const override { return true; }
    void add_pages(const PointFile& file, const ReadPages& read) override {
        calls.push_back("pages " + file.name);
        seen.resize(file.page_bytes);
        read(1, seen);
    }
    void add_changed_pages(const PointFile& file, const ReadPages&, const std::vector<PageRun>& changed) override {
        calls.push_back("changed " + file.name + " " + std::to_string(changed.at(0).first) + "+" + std::to_string(changed.at(0).count));
    }
    void refresh_pages(const PointFile& file, const ReadPages&) override { calls.push_back("refresh " + file.name); }
    void add_bytes(const PointFile& file, const ReadBytes& read) override {
        calls.push_back("bytes " + file.name);
        seen.assign(100, std::byte{});
        seen.resize(read(seen));
    }
    ImageTotals totals() const override { return {}; }
    bool is_as_base() const override { return false; }
    PointManifest commit(PointManifest manifest) override { return manifest; }
};

class Numbered final : public PageSource {
public:
    void read(std::uint64_t first_page, std::span<std::byte> out) override { std::ranges::fill(out, std::byte(first_page)); }
};

class Three final : public ByteSource {
public:
    std::size_t read(std::span<std::byte> out) override {
        std::fill_n(out.begin(), 3, std::byte{9});
        return 3;
    }
};

}  // namespace

TEST_CASE("what a provider hands over reaches the repository unchanged", "[job][bridge]") {
    RecordingWriter writer;
    ImageBridge bridge(writer);
    Numbered pages;
    Three bytes;
    const ImageFile file{.name = "main", .page_bytes = 512, .bytes = 1024, .mode = 0600};
    CHECK(bridge.has_base());
    bridge.add_pages(file, pages);
    CHECK(writer.seen == Bytes(512, std::byte{1}));
    bridge.add_changed_pages(file, pages, {{.first = 4, .count = 2}});
    bridge.refresh_pages(file, pages);
    bridge.add_bytes(file, bytes);
    CHECK(writer.seen == Bytes(3, std::byte{9}));
    CHECK(writer.calls == std::vector<std::string>{"pages main", "changed main 4+2", "refresh main", "bytes main"});
}

TEST_CASE("a base is opened when a provider asks for it, once", "[job][bridge]") {
    class Reader final : public ImageReader {
    public:
        Reader() {
            manifest_.facts = {{"start lsn", "0/1"}};
            manifest_.files = {{.name = "main", .page_bytes = 512, .bytes = 1024, .mode = 0600}};
        }
        const PointManifest& manifest() const override { return manifest_; }
        RestoreTotals restore_file(const std::string&, const fs::path&, bool, Progress&, CancelToken) override { return {}; }
        void read_at(const std::string&, std::uint64_t, std::span<std::byte> out) override { std::ranges::fill(out, std::byte{5}); }

    private:
        PointManifest manifest_;
    };
    RecordingWriter writer;
    CHECK(ImageBridge(writer).base() == nullptr);
    int opened = 0;
    ImageBridge bridge(writer, [&] {
        ++opened;
        return ImageBridge::OpenedBase{std::make_unique<Reader>()};
    });
    CHECK(opened == 0);
    ImageBase* base = bridge.base();
    REQUIRE(base != nullptr);
    CHECK(bridge.base() == base);
    CHECK(opened == 1);
    CHECK(base->log() == nullptr);
    CHECK(base->facts().at("start lsn") == "0/1");
    CHECK(base->files().at(0) == ImageFile{.name = "main", .page_bytes = 512, .bytes = 1024, .mode = 0600});
    Bytes bytes(3);
    base->read_at("main", 0, bytes);
    CHECK(bytes == Bytes(3, std::byte{5}));
}
