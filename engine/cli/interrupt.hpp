// Ctrl-C and SIGTERM: the first asks for a clean stop, the second ends the program at once.
#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

#include "engine/base/cancel.hpp"

namespace holdfast {

// Make one in main before any thread exists: it blocks the signals, so that a thread of its own takes them.
// `on_stop` (may be null) is called once, on that thread, when a stop was asked for.
class Interrupt {
public:
    explicit Interrupt(void (*on_stop)());
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;
    ~Interrupt();
    CancelToken token() const { return source_.get_token(); }

private:
    void watch();

    std::stop_source source_;
    void (*on_stop_)();
    std::atomic<bool> leaving_{false};
    std::jthread watcher_;
};

}  // namespace holdfast
