// The contract of what carries messages off this machine: a web hook, a mail server.
//
// A courier verifies certificates, follows no redirection, is done by its time limit and throws nothing: what went wrong is in
// its answer, in words that hold nothing of what was secret.
#pragma once

#include <string>
#include <vector>

#include "engine/base/cancel.hpp"
#include "engine/base/secret.hpp"
#include "engine/base/time.hpp"

namespace holdfast {

struct Delivery {
    bool told = false;
    std::string answer;              // "HTTP 200", "250 accepted", or why it was not told. One line.
};

struct WebPost {
    Secret url;                      // "https://…"; all of it but the host is kept out of answers.
    std::string json;
    std::string id;                  // Sent as Idempotency-Key: the same for every try.
    std::string ca;                  // A file of certificates; empty: the system's.
    Duration timeout{0};
};
struct MailPost {
    std::string server;              // "smtp://host:587", "smtps://host"
    std::string from;
    std::vector<std::string> to;
    std::string user;                // Empty: nobody signs in.
    Secret password;
    bool tls = true;
    std::string ca;
    std::string text;                // Headers and body (letter.hpp).
    Duration timeout{0};
};

class Courier {
public:
    virtual ~Courier() = default;
    virtual Delivery post(const WebPost& post, const CancelToken& cancel) const = 0;
    virtual Delivery mail(const MailPost& mail, const CancelToken& cancel) const = 0;
};

}  // namespace holdfast
