// Another process that does one thing over and over while the test goes on: a program that writes a database.
#pragma once

#include <sys/types.h>

#include <functional>

namespace holdfast {

class OtherProcess {
public:
    // Forks. The child calls `work(round)` with 0, 1, 2 … until it is stopped; an exception ends it with status 1.
    // Start it before this process opens the same database: SQLite's bookkeeping of locks does not survive a fork.
    explicit OtherProcess(const std::function<void(unsigned round)>& work);
    OtherProcess(const OtherProcess&) = delete;
    OtherProcess& operator=(const OtherProcess&) = delete;
    ~OtherProcess();   // Kills it where it still runs.

    unsigned rounds() const;             // Finished so far.
    void wait_for_rounds(unsigned more); // Until that many more are finished, or it has ended.
    void pause();                        // Returns when the round under way has ended.
    void resume();
    bool stop();                         // Returns true where it ended without an exception.

private:
    struct Shared;
    Shared* shared_;
    pid_t child_;
};

}  // namespace holdfast
