// A notice as a mail, and in a command's arguments. Pure.
#pragma once

#include "engine/model/notice.hpp"
#include "engine/model/policy.hpp"

namespace holdfast {

// Headers and body with CRLF (RFC 5322, 2045 to 2047), its Message-ID made of the notice's id: a second copy is known as one.
std::string mail_of(const Notice& notice, const MailSpec& mail, const std::string& host, Instant now);

// The command with its placeholders filled in: each stays within its own argument, whatever a value holds.
std::vector<std::string> command_for(const std::vector<std::string>& command, const Notice& notice, const std::string& host);

}  // namespace holdfast
