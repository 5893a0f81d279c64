#include "engine/cli/interrupt.hpp"

#include <csignal>
#include <thread>

#include <pthread.h>
#include <unistd.h>

namespace holdfast {
namespace {

sigset_t stopping_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGUSR2);   // Ours: wakes the watcher when it may leave.
    return set;
}

}  // namespace

Interrupt::Interrupt(void (*on_stop)()) : on_stop_(on_stop) {
    const sigset_t set = stopping_signals();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    watcher_ = std::jthread([this] { watch(); });
}

Interrupt::~Interrupt() {
    leaving_ = true;
    ::pthread_kill(watcher_.native_handle(), SIGUSR2);
    watcher_.join();
}

void Interrupt::watch() {
    const sigset_t set = stopping_signals();
    int signal = 0;
    while (::sigwait(&set, &signal) == 0) {
        if (leaving_) return;
        if (signal == SIGUSR2) continue;
        if (source_.stop_requested()) ::_exit(128 + signal);
        source_.request_stop();
        if (on_stop_ != nullptr) on_stop_();
    }
}

}  // namespace holdfast
