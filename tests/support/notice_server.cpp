#include "tests/support/notice_server.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "engine/base/process.hpp"

namespace holdfast {
namespace {

constexpr const char* kScript = HOLDFAST_SOURCE_DIR "/tests/support/notice_server.py";

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TestCertificate::TestCertificate(const std::filesystem::path& folder, const std::string& name) : certificate(folder / (name + ".pem")), key(folder / (name + ".key")) {
    std::filesystem::create_directories(folder);
    const std::string names = name == "localhost" ? "DNS:localhost,IP:127.0.0.1" : "DNS:" + name;
    const ProcessResult made = run_process({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=" + name, "-addext",
                                            "subjectAltName=" + names, "-keyout", key.string(), "-out", certificate.string()});
    if (!made.ok()) throw std::runtime_error("no certificate: " + made.errors);
}

NoticeServer::NoticeServer(std::string kind, std::filesystem::path folder, std::vector<std::string> options) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    std::vector<std::string> words{"/usr/bin/python3", "-B", kScript, std::move(kind), folder_.string()};
    words.insert(words.end(), options.begin(), options.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    child_ = ::fork();
    if (child_ < 0) throw std::runtime_error("no server");
    if (child_ == 0) {
        ::dup2(ends[0], STDIN_FILENO);
        ::execv(argv[0], argv.data());
        ::_exit(127);
    }
    ::close(ends[0]);
    input_ = ends[1];
    for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60); port_.empty(); port_ = text_of(folder_ / "port")) {
        if (std::chrono::steady_clock::now() > end || ::waitpid(child_, nullptr, WNOHANG) == child_) throw std::runtime_error("the test's server does not start");
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

NoticeServer::~NoticeServer() {
    ::close(input_);
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
}

std::vector<std::string> NoticeServer::told() const {
    std::vector<std::string> lines;
    std::ifstream file(folder_ / "told");
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

std::string closed_port(const std::filesystem::path& folder) { return NoticeServer("http", folder).port(); }

}  // namespace holdfast
