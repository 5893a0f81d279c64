// A web hook or mail server of its own for one test, on loopback (notice_server.py), and a certificate made for it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace holdfast {

// A self-signed certificate for localhost and 127.0.0.1, or for another name.
struct TestCertificate {
    explicit TestCertificate(const std::filesystem::path& folder, const std::string& name = "localhost");
    std::filesystem::path certificate, key;
};

class NoticeServer {
public:
    // `folder` is made. `options` as notice_server.py says.
    NoticeServer(std::string kind, std::filesystem::path folder, std::vector<std::string> options = {});
    NoticeServer(const NoticeServer&) = delete;
    NoticeServer& operator=(const NoticeServer&) = delete;
    ~NoticeServer();

    std::string port() const { return port_; }
    std::string url(const std::string& scheme, const std::string& path = "", const std::string& host = "localhost") const { return scheme + "://" + host + ":" + port_ + path; }
    // What it was told, a JSON object each, oldest first.
    std::vector<std::string> told() const;

private:
    std::filesystem::path folder_;
    std::string port_;
    int input_ = -1;
    int child_ = 0;
};

// A port of loopback at which nobody listens any more.
std::string closed_port(const std::filesystem::path& folder);

}  // namespace holdfast
