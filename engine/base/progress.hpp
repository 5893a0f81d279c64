// How long work says how far it is. The work calls; who shows it (a terminal, a log, nobody) decides.
#pragma once

#include <cstdint>
#include <string_view>

namespace holdfast {

class Progress {
public:
    virtual ~Progress() = default;
    // A new phase begins: "backing up orders". `total_bytes` is 0 where it is not known.
    virtual void begin(std::string_view phase, std::uint64_t total_bytes) = 0;
    // `bytes` more are done. Called from any thread, often; must be cheap.
    virtual void advance(std::uint64_t bytes) = 0;
    virtual void end() = 0;
};

class NoProgress final : public Progress {
public:
    void begin(std::string_view, std::uint64_t) override {}
    void advance(std::uint64_t) override {}
    void end() override {}
};

}  // namespace holdfast
