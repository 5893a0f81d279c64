#include "engine/repository/chunk_index.hpp"

#include <thread>

#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

TEST_CASE("the index finds what was inserted and nothing else", "[repository][chunk-index]") {
    ChunkIndex index;
    CHECK(index.size() == 0);
    CHECK_FALSE(index.find(identity_of(1)));
    index.insert(identity_of(1), {4, 0});
    CHECK(index.find(identity_of(1)) == ChunkPlace{4, 0});
    CHECK_FALSE(index.find(identity_of(2)));
}

TEST_CASE("an identity keeps its first place", "[repository][chunk-index]") {
    ChunkIndex index;
    index.insert(identity_of(1), {1, 2});
    index.insert(identity_of(1), {3, 4});
    CHECK(index.find(identity_of(1)) == ChunkPlace{1, 2});
    CHECK(index.size() == 1);
}

TEST_CASE("the index agrees with a map over many insertions", "[repository][chunk-index]") {
    std::mt19937_64 random(5);
    ChunkIndex index;
    std::map<Digest, ChunkPlace> model;
    for (int i = 0; i < 60'000; ++i) {
        const Digest identity = identity_of(static_cast<unsigned>(random() % 50'000));
        const ChunkPlace place{static_cast<std::uint32_t>(random() % 1000), static_cast<std::uint32_t>(random() % kPackEntriesMax)};
        index.insert(identity, place);
        model.try_emplace(identity, place);
        if (i % 10'000 == 0) CHECK(index.size() == model.size());
    }
    REQUIRE(index.size() == model.size());
    bool all_agree = true;
    for (unsigned i = 0; i < 55'000; ++i) {
        const auto expected = model.find(identity_of(i));
        const auto found = index.find(identity_of(i));
        all_agree = all_agree && found.has_value() == (expected != model.end()) && (!found || *found == expected->second);
    }
    CHECK(all_agree);
}

TEST_CASE("identities that begin alike are told apart", "[repository][chunk-index]") {
    ChunkIndex index;
    // The first eight bytes choose the slot: all of these want the same one.
    for (unsigned i = 0; i < 500; ++i) {
        Digest identity{};
        identity[8] = static_cast<std::byte>(i);
        identity[9] = static_cast<std::byte>(i >> 8);
        index.insert(identity, {i, i});
    }
    bool all_found = true;
    for (unsigned i = 0; i < 500; ++i) {
        Digest identity{};
        identity[8] = static_cast<std::byte>(i);
        identity[9] = static_cast<std::byte>(i >> 8);
        all_found = all_found && index.find(identity) == ChunkPlace{i, i};
    }
    CHECK(all_found);
    CHECK(index.size() == 500);
}

TEST_CASE("the index is read while it grows", "[repository][chunk-index]") {
    ChunkIndex index;
    constexpr unsigned kInserted = 20'000;
    std::atomic<unsigned> wrong = 0, inserted = 0;
    std::vector<std::jthread> readers;
    for (int thread = 0; thread < 2; ++thread) {
        readers.emplace_back([&] {
            while (inserted < kInserted) {
                const unsigned known = inserted;
                for (unsigned i = known > 50 ? known - 50 : 0; i < known; ++i) {
                    if (index.find(identity_of(i)) != ChunkPlace{i, i}) ++wrong;
                }
            }
        });
    }
    for (unsigned i = 0; i < kInserted; ++i) {
        index.insert(identity_of(i), {i, i});
        inserted = i + 1;
    }
    readers.clear();
    CHECK(wrong == 0);
}

TEST_CASE("a pack has one number in a session", "[repository][chunk-index]") {
    PackNumbers numbers;
    CHECK(numbers.number_of(pack_id(10), key_id(1)) == 0);
    CHECK(numbers.number_of(pack_id(11), key_id(2)) == 1);
    CHECK(numbers.number_of(pack_id(10), key_id(1)) == 0);
    CHECK(numbers.find(pack_id(11)) == 1u);
    CHECK_FALSE(numbers.find(pack_id(12)));
    CHECK(numbers.at(1).id == pack_id(11));
    CHECK(numbers.at(1).owner == key_id(2));
}
