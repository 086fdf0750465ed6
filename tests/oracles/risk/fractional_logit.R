# Fractional logit (Papke and Wooldridge 1996) with robust standard errors from base R.
# Run: Rscript tests/oracles/risk/fractional_logit.R; writes fractional_logit.csv and _fit.csv beside it.
set.seed(11)
n <- 240
customer <- rep(seq_len(n / 2), each = 2)
cover <- round(runif(n), 4)
pledge <- rbinom(n, 1, 0.4)
mean_loss <- plogis(0.6 - 1.5 * cover - 0.8 * pledge + rep(rnorm(n / 2, 0, 0.5), each = 2))
loss <- ifelse(runif(n) < 0.25, 0, ifelse(runif(n) < 0.2, 1, rbeta(n, 3 * mean_loss, 3 * (1 - mean_loss))))
loss <- round(loss, 6)
fit <- glm(loss ~ cover + pledge, family = quasibinomial, control = glm.control(epsilon = 1e-15, maxit = 100))
x <- model.matrix(fit)
p <- fitted(fit)
bread <- solve(t(x) %*% (x * (p * (1 - p))))
scores <- rowsum(x * (loss - p), customer)
g <- length(unique(customer))
correction <- g / (g - 1) * (n - 1) / (n - ncol(x))
robust <- sqrt(diag(correction * bread %*% t(scores) %*% scores %*% bread))
folder <- "tests/oracles/risk"
put <- function(table, name) {
  con <- file(file.path(folder, name), "w")
  writeLines(paste("#", R.version.string), con)
  write.csv(format(table, digits = 15), con, row.names = FALSE, quote = FALSE)
  close(con)
}
put(data.frame(customer, cover, pledge, loss), "fractional_logit.csv")
put(data.frame(name = c("constant", "cover", "pledge"), coefficient = coef(fit), robust = robust), "fractional_logit_fit.csv")
