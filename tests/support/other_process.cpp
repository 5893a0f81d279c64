#include "tests/support/other_process.hpp"

#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>

namespace holdfast {
namespace {

enum class Wish : int { Run, Pause, Stop };
enum class State : int { Running, Paused, Ended };

}  // namespace

struct OtherProcess::Shared {
    std::atomic<Wish> wish{Wish::Run};
    std::atomic<State> state{State::Running};
    std::atomic<unsigned> rounds{0};

    void live(const std::function<void(unsigned)>& work) {
        while (wish != Wish::Stop) {
            if (wish == Wish::Pause) {
                state = State::Paused;
                sched_yield();
                continue;
            }
            state = State::Running;
            work(rounds);
            ++rounds;
        }
    }
};

OtherProcess::OtherProcess(const std::function<void(unsigned round)>& work) {
    void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error("no shared memory");
    shared_ = new (memory) Shared;
    child_ = ::fork();
    if (child_ < 0) throw std::runtime_error("no other process");
    if (child_ > 0) return;
    int status = 0;
    try {
        shared_->live(work);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "the other process: %s\n", error.what());
        status = 1;
    }
    shared_->state = State::Ended;
    ::_exit(status);
}

OtherProcess::~OtherProcess() {
    if (child_ > 0) {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    ::munmap(shared_, sizeof(Shared));
}

unsigned OtherProcess::rounds() const { return shared_->rounds; }

void OtherProcess::wait_for_rounds(unsigned more) {
    const unsigned wanted = rounds() + more;
    while (rounds() < wanted && shared_->state != State::Ended) sched_yield();
}

void OtherProcess::pause() {
    shared_->wish = Wish::Pause;
    while (shared_->state == State::Running) sched_yield();
}

void OtherProcess::resume() {
    shared_->wish = Wish::Run;
    while (shared_->state == State::Paused) sched_yield();
}

bool OtherProcess::stop() {
    shared_->wish = Wish::Stop;
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace holdfast
