// A repository with a database that writes a log: a model of every state, so that each can be compared.
#pragma once

#include <map>

#include "engine/repository/log.hpp"
#include "tests/engine/repository/workbench.hpp"
#include "tests/support/thrown.hpp"

namespace holdfast {

struct LogBench : Workbench {
    explicit LogBench(bool sealed = true) : Workbench(sealed) {}

    // The base point, and what the database is like now.
    void take_base(std::size_t pages, unsigned seed = 1) {
        live = text_pages(pages, seed);
        const auto image = begin();
        image->add_pages(file(live), reading(live));
        clock.advance(std::chrono::seconds(1));
        PointManifest manifest;
        manifest.point.kind = BackupKind::Full;
        manifest.point.started = manifest.point.instant = clock.now();
        manifest.identity = "the shop";
        manifest.facts["log mark"] = "mark 0";
        base = image->commit(manifest);
        durable = live;
        states.assign(1, live);
    }
    void begin_stream() {
        writer = repository->begin_log(kShop, base.point.id);
        durable = live;
    }
    void go_on() {
        const LogStreamId stream = writer ? writer->facts().stream : repository->log_streams(kShop).back().stream;
        writer.reset();
        writer = repository->continue_log(kShop, stream);
        durable = live;
    }

    // One transaction: `change` changes the live database, and says which pages it wrote.
    void transaction(const std::function<std::set<std::uint64_t>(Bytes&)>& change) {
        const std::set<std::uint64_t> pages = change(live);
        for (const std::uint64_t page : pages) {
            if ((page + 1) * kPage <= live.size()) writer->add_page(page, ByteView(live).subspan(page * kPage, kPage), before());
        }
        const Instant not_before = clock.now();
        clock.advance(std::chrono::milliseconds(5));
        writer->commit(clock.now(), not_before, live.size() / kPage, "mark " + std::to_string(states.size()));
        states.push_back(live);
    }
    // Changes a few bytes of some pages.
    void update(const std::set<std::uint64_t>& pages, unsigned seed) {
        transaction([&](Bytes& bytes) {
            for (const std::uint64_t page : pages) {
                const std::string text = "changed by " + std::to_string(seed);
                std::ranges::copy(as_bytes(text), bytes.begin() + static_cast<std::ptrdiff_t>(page * kPage + 100 + seed % 1000));
            }
            return pages;
        });
    }
    void make_durable() {
        writer->make_durable();
        durable = live;
    }
    ReadPages before() {
        return [this](std::uint64_t first, std::span<std::byte> out) {
            ++asked_before;
            REQUIRE((first * kPage + out.size()) <= durable.size());
            std::copy_n(durable.begin() + static_cast<std::ptrdiff_t>(first * kPage), out.size(), out.begin());
        };
    }

    LogStreamFacts facts() { return repository->log_streams(kShop).back(); }
    LogStreamId stream() { return facts().stream; }
    Bytes restored_at(std::uint64_t transaction, std::optional<PointId> start = {}) {
        const auto image = repository->read_image_at(kShop, start.value_or(base.point.id), {stream(), transaction});
        const fs::path target = folder / ("restored-" + std::to_string(restores++));
        image->restore_file("main", target, false, progress, {});
        Bytes bytes = read_file(target, 1u << 30);
        fs::remove(target);
        return bytes;
    }
    Bytes read_at(std::uint64_t transaction) {
        const auto image = repository->read_image_at(kShop, base.point.id, {stream(), transaction});
        Bytes bytes(image->manifest().files.at(0).bytes);
        for (std::size_t at = 0; at < bytes.size(); at += 10000) image->read_at("main", at, std::span(bytes).subspan(at, std::min<std::size_t>(10000, bytes.size() - at)));
        return bytes;
    }
    std::vector<LogTransaction> transactions(bool with_pages = true) {
        std::vector<LogTransaction> all;
        repository->read_log(kShop, stream(), 1, ~std::uint64_t{0}, with_pages, [&](const LogTransaction& each) {
            all.push_back(each);
            return true;
        });
        return all;
    }
    std::vector<std::string> pieces() { return names("logs/"); }

    inline static const DatabaseName kShop{"shop"};
    Bytes live, durable;
    std::vector<Bytes> states;   // By transaction.
    PointManifest base;
    std::unique_ptr<LogWriter> writer;
    int asked_before = 0;
};

}  // namespace holdfast
