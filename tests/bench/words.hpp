// Realistic text for the benchmarks, the same every time: of it zstd -3 leaves about two fifths.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

// Words as a language has them: tens of thousands, the frequent ones far more often than the rare ones.
class Words {
public:
    explicit Words(std::uint64_t seed = 20261120) {
        constexpr std::string_view kSyllables[] = {"ka", "lo", "mer", "ti", "sun", "dra", "ven", "ol", "ish", "par", "qu", "en",
                                                   "ro", "bal", "fi", "che", "nor", "est", "wy", "gan", "u", "mi", "tor", "ex"};
        std::uniform_int_distribution<std::size_t> syllable(0, std::size(kSyllables) - 1);
        std::uniform_int_distribution<int> length(1, 4);
        for (int i = 0; i < 60000; ++i) {
            std::string word;
            for (int n = length(random_); n > 0; --n) word += kSyllables[syllable(random_)];
            words_.push_back(word);
        }
        if (seed != 20261120) random_.seed(seed);   // Other texts and numbers, of the same language.
    }

    std::string text(std::size_t bytes) {
        std::string text;
        std::uniform_real_distribution<double> uniform(0.0, 1.0);
        while (text.size() < bytes) {
            const double rank = std::pow(static_cast<double>(words_.size()), std::pow(uniform(random_), 0.45)) - 1;
            text += words_[static_cast<std::size_t>(rank)];
            text += uniform(random_) < 0.08 ? ". " : " ";
        }
        return text;
    }

    std::int64_t number(std::int64_t least, std::int64_t most) {
        return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
    }

private:
    std::mt19937_64 random_{20261120};
    std::vector<std::string> words_;
};

}  // namespace holdfast
