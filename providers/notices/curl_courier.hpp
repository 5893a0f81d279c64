// Carries messages with libcurl: HTTP and HTTPS, SMTP with STARTTLS, SMTPS.
#pragma once

#include "engine/notices/courier.hpp"

namespace holdfast {

class CurlCourier : public Courier {
public:
    explicit CurlCourier(std::string version);
    Delivery post(const WebPost& post, const CancelToken& cancel) const override;
    Delivery mail(const MailPost& mail, const CancelToken& cancel) const override;

private:
    std::string agent_;
};

// `text` with everything of `url` behind its host taken out: servers and libraries repeat what they were given.
std::string without_secrets_of(std::string text, std::string_view url);

}  // namespace holdfast
