// The program `runbook`: what it is built with, and where it stands. Everything else is below engine/cli.
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "engine/app/shipped.hpp"
#include "engine/base/clock.hpp"
#include "engine/cli/interrupt.hpp"
#include "engine/cli/program.hpp"
#include "engine/cli/terminal.hpp"
#include "providers/databases/postgres/postgres_provider.hpp"
#include "providers/databases/sqlite/sqlite_provider.hpp"
#include "providers/notices/curl_courier.hpp"
#include "providers/stores/local/local_store.hpp"

namespace {

using namespace holdfast;

void say_how_to_stop() {
    constexpr std::string_view kLine = "\nStopping at the next safe place; what is done is kept. Once more ends it at once.\n";
    [[maybe_unused]] const ssize_t shown = ::write(STDERR_FILENO, kLine.data(), kLine.size());
}

std::optional<std::string> variable(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

int main(int argc, char** argv) {
    const Interrupt interrupt(&say_how_to_stop);
    const SystemClock clock;
    StoreRegistry stores;
    stores.add("file", &open_local_store);
    ProviderRegistry providers;
    providers.add(std::make_unique<SqliteProvider>());
    providers.add(std::make_unique<PostgresProvider>());
    const CurlCourier courier(HOLDFAST_VERSION);
    const Built built{stores, providers, clock, HOLDFAST_VERSION, shipped_runbooks(HOLDFAST_SHARE_DIR), &courier};
    Surroundings around{.built = built, .out = std::cout, .err = std::cerr, .here = fs::current_path(), .variable = &variable};
    if (is_terminal(STDIN_FILENO) && is_terminal(STDERR_FILENO)) {
        around.ask = [&](std::string_view prompt) { return read_answer(prompt, interrupt.token()); };
    }
    around.err_is_terminal = is_terminal(STDERR_FILENO);
    around.colour = wants_colour(STDOUT_FILENO);
    around.columns = terminal_columns(STDERR_FILENO);
    around.cancel = interrupt.token();
    return run_program({argv + 1, argv + argc}, around);
}
